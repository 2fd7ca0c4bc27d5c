"""Every limit that stands between this program and a hostile or an enormous input, in one place.

Bytes and pixels are whole numbers, times are seconds. Whatever is larger is refused with one
sentence that names the limit; what waits for its turn is told so.
"""

# Posters: one picture.

#: Of one picture file; the page accepts no larger upload of one.
MAX_POSTER_BYTES = 30_000_000
#: A 13 KB file can decode to gigabytes; 50 million pixels is a 5,800 x 8,600 scan.
MAX_POSTER_PIXELS = 50_000_000
#: Of the longer side.
MAX_POSTER_SIDE = 20_000
#: Bytes that decoding one poster may take: the pixels of the largest take 200 million, and some
#: formats several copies of them.
MAX_POSTER_MEMORY = 260_000_000
#: Larger posters are shrunk by half, or more, while their colours are converted.
LARGE_POSTER_PIXELS = 16_000_000
#: Bytes of all posters above `SMALL_POSTER_MEMORY` that are decoded at a time, in the process.
MAX_LARGE_POSTERS_MEMORY = MAX_POSTER_MEMORY
#: Bytes of all others: these never wait for a large one.
MAX_SMALL_POSTERS_MEMORY = 260_000_000
#: What a poster of 2,000 x 3,000 pixels takes, the largest that film databases give.
SMALL_POSTER_MEMORY = 48_000_000
#: Of processor time, for one poster; libraries that decode in one go are not interrupted.
MAX_DECODING_SECONDS = 10
#: Scans of a JPEG, each of which walks all of its pixels; a progressive one has about ten.
MAX_JPEG_SCANS = 64
#: Segments of a JPEG: a colour profile and EXIF data take some dozens at most.
MAX_JPEG_SEGMENTS = 10_000
#: Chunks of a PNG; one of 50 million pixels, in the usual chunks of 8 KB, has some ten thousand.
MAX_PNG_CHUNKS = 100_000
#: Numbers in the directory of a TIFF; strips and tiles have two each.
MAX_TIFF_NUMBERS = 400_000
#: Bytes of a colour profile; those of printers have up to 3 million.
MAX_PROFILE_BYTES = 8_000_000

# Overviews.

#: Some forty pages. The longest overview of the film data has 1,000 characters.
MAX_OVERVIEW_CHARACTERS = 100_000

# Tables, ZIP files and libraries.

#: Columns of a table.
MAX_COLUMNS = 2_000
#: Of the name of a column.
MAX_COLUMN_NAME_CHARACTERS = 10_000
#: Characters of a row, its cells together; the overview's own limit is checked for each film.
MAX_ROW_CHARACTERS = 5_000_000
#: Blank lines that a table may have beside one for each row.
MAX_BLANK_LINES = 1_000_000
#: How many times its size a table may unpack to: text packs to a tenth, a bomb to a thousandth.
MAX_TABLE_RATIO = 200
#: Of a table that may be packed as well as it likes.
UNSUSPICIOUS_TABLE_BYTES = 50_000_000
#: Of a table that comes through a pipe, and is kept in a file until it is read.
MAX_PIPED_BYTES = 20_000_000_000
#: Of the memory that reading a Parquet file may take, beside what its library takes anyway.
MAX_PARQUET_MEMORY_BYTES = 4_000_000_000
#: Processor time of one row group of a Parquet file.
PARQUET_GROUP_SECONDS = 60
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

# Models.

#: Of a spec.json; those of the shipped models have 15 KB.
MAX_SPEC_BYTES = 1_000_000
#: Of any other file of a model.
MAX_MODEL_FILE_BYTES = 200_000_000
#: Files of a model.
MAX_MODEL_FILES = 20
#: Genres that a model knows, and characters of a genre's name.
MAX_GENRES = 1_000
MAX_GENRE_CHARACTERS = 100
#: Pixels of a side of a poster model's input, and words of an overview model's.
MAX_INPUT_PIXELS = 2_000
MAX_INPUT_WORDS = 10_000

# The page and its HTTP interface: what one caller may send, and how long.

#: Of one upload: a ZIP of ten thousand posters.
MAX_UPLOAD_BYTES = 2_000_000_000
#: Files in one upload.
MAX_UPLOAD_FILES = 1_000
#: Of any other request: the longest overview, with every character escaped.
MAX_REQUEST_BYTES = 1_300_000
#: Of a request to an MCP tool, whose poster is part of it, written in base64: of up to 10 MB.
MAX_TOOL_REQUEST_BYTES = 14_000_000
#: Characters of the name that a caller gives its session.
MAX_SESSION_NAME = 100
#: From the connection to the last header of a request.
HEADER_SECONDS = 10
#: A connection without a request is closed.
IDLE_SECONDS = 15
#: Between two pieces of a request's body, and until the next piece of a response is taken.
PIECE_SECONDS = 30
#: A body that has taken `PIECE_SECONDS` must have come at least this fast, on average.
MIN_BYTES_PER_SECOND = 1_000
#: A request that is no upload and no stream of events.
REQUEST_SECONDS = 60
#: The reading of one catalogue.
CATALOGUE_SECONDS = 1_800
#: Wrong passwords a minute, of all callers together.
MAX_WRONG_PASSWORDS = 20

# The page and its HTTP interface: what is held for all callers together.

#: Connections; where more come, those that wait longest for a request are closed.
MAX_CONNECTIONS = 400
#: Sessions whose state is kept, some 120 KB each and 300 KB more with a film.
MAX_SESSIONS = 200
#: Sessions whose answers wait to be fetched.
MAX_WAITING_ANSWERS = 1_000
#: Calls of one kind that wait for their turn; another is told that the server is busy.
MAX_WAITING_CALLS = 100
#: Films of one catalogue on the page: their results stay in memory, some 3 KB a film.
MAX_CATALOGUE_FILMS = 20_000
#: Unpacked bytes of the table of one, and its lines, those within quotation marks included.
MAX_CATALOGUE_TABLE_BYTES = 200_000_000
MAX_CATALOGUE_LINES = 2_000_000
#: Of the memory that reading its Parquet file may take.
MAX_CATALOGUE_PARQUET_BYTES = 700_000_000
#: Of the texts of its films that are kept in memory.
MAX_CATALOGUE_TEXT_BYTES = 30_000_000
#: Genres that a person may decide for one film.
MAX_DECIDED_GENRES = 50
#: Films of all catalogues that are read or kept.
MAX_FILMS_HELD = 60_000
#: Of all uploads and results on disk.
MAX_STORED_BYTES = 8_000_000_000
#: That uploads and results leave free on the disk.
MIN_FREE_DISK_BYTES = 500_000_000
#: A session's films and uploads are deleted so long after they were last used.
SESSION_SECONDS = 3_600
#: For running answers, once the server is told to end.
DRAIN_SECONDS = 10
#: Lines that the log takes of one kind a minute.
MAX_LOG_LINES = 10
