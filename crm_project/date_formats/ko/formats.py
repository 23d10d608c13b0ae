"""Days and times on Korean pages."""

DATE_FORMAT = SHORT_DATE_FORMAT = "Y-m-d (D)"
TIME_FORMAT = "H:i"
DATETIME_FORMAT = SHORT_DATETIME_FORMAT = "Y-m-d (D) H:i"
YEAR_MONTH_FORMAT = "Y-m"
