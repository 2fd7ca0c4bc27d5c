"""The tab Classify: one film."""
