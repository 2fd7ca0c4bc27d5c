"""Every limit that stands between this program and a hostile or an enormous input, in one place.

Bytes and pixels are whole numbers, times are seconds. Whatever is larger is refused with one
sentence that names the limit; what waits for its turn is told so.
"""

# Posters: one picture.

#: Of one picture file; the page accepts no larger upload of one.
MAX_POSTER_BYTES = 30_000_000
#: A 13 KB file can decode to gigabytes; 50 million pixels is a 5,800 x 8,600 scan.
MAX_POSTER_PIXELS = 50_000_000

# Overviews.

#: Some forty pages. The longest overview of the film data has 1,000 characters.
MAX_OVERVIEW_CHARACTERS = 100_000

# Tables, ZIP files and libraries.

#: Columns of a table.
MAX_COLUMNS = 2_000
#: Characters of a cell; the overview's own limit is checked for each film.
MAX_CELL_CHARACTERS = 10_000_000
#: Characters of a line of JSON Lines.
MAX_LINE_CHARACTERS = 20_000_000
#: Files in a ZIP file.
MAX_ZIP_ENTRIES = 20_000
#: Unpacked bytes of all files in a ZIP file.
MAX_ZIP_BYTES = 20_000_000_000
#: The NFO of a film with a hundred actors has some 60 KB.
MAX_NFO_BYTES = 1_000_000
#: Folders within folders of a library.
MAX_FOLDER_DEPTH = 40
#: Elements within elements of an NFO file.
MAX_ELEMENT_DEPTH = 100

# The page and its HTTP interface.

#: Films of one catalogue on the page: their results stay in memory, some 3 KB a film.
MAX_CATALOGUE_FILMS = 20_000
#: Of one upload: a ZIP of ten thousand posters.
MAX_UPLOAD_BYTES = 2_000_000_000
#: A session's films and uploads are deleted so long after they were last used.
SESSION_SECONDS = 3600
