"""How the files of the admin's look are served: hashed names, compressed, also for scripts made of modules."""

from whitenoise.storage import CompressedManifestStaticFilesStorage


class HashedStaticFiles(CompressedManifestStaticFilesStorage):
    """Writes the hashed names into the `import` lines of script modules too."""

    support_js_module_import_aggregation = True
