"""Many users at once: is every call answered, with the answer that is its own?"""
