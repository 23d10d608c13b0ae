"""What operators say about a file: the file itself, what it is, and which of its columns are ours."""

from hashlib import sha256

from django import forms
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.core.validators import RegexValidator
from django.utils.translation import gettext_lazy as _

from customers.imports.kinds import KINDS
from customers.models import ImportRun
from customers.platforms import known_exports

SOURCE = RegexValidator(r"[a-z0-9][a-z0-9_-]{0,39}\Z", _("Small letters, digits, - and _ only, for example “shop”."))
Undated = ImportRun.UndatedConsents
MOST_EVIDENCE_BYTES = 20 << 20


class UploadForm(forms.Form):
    """The first step: a file, with nothing that has to be said about it."""

    file = forms.FileField(label=_("File"), max_length=200)
    kind = forms.ChoiceField(label=_("What it holds"), required=False)
    source = forms.CharField(
        label=_("Source"),
        required=False,
        validators=[SOURCE],
        help_text=_("The system the numbers are from. Empty: the platform, else “shop”."),
    )

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, label_suffix="", **kwargs)
        self.fields["kind"].choices = [("", _("Recognise it")), *((kind.name, kind.label) for kind in KINDS.values())]

    def clean_file(self) -> UploadedFile:
        """Take files up to the size that is set."""
        file = self.cleaned_data["file"]
        if file.size > settings.IMPORT_MOST_MEGABYTES << 20:
            raise forms.ValidationError(
                _("The file is larger than %(most)d MB. Split it, or import it from the shell.")
                % {"most": settings.IMPORT_MOST_MEGABYTES}
            )
        return file


class LookForm(forms.Form):
    """What a file is, where it was recognised wrongly."""

    kind = forms.ChoiceField(label=_("What it holds"))
    platform = forms.ChoiceField(label=_("Exported from"), required=False)
    source = forms.CharField(label=_("Source"), validators=[SOURCE])
    sheet = forms.TypedChoiceField(label=_("Sheet"), coerce=int, required=False, empty_value=0)

    def __init__(self, *args: object, run: ImportRun, **kwargs: object) -> None:
        super().__init__(*args, label_suffix="", **kwargs)
        self.fields["kind"].choices = [(kind.name, kind.label) for kind in KINDS.values()]
        self.fields["platform"].choices = [("", _("No platform we know")), *known_exports.LABELS.items()]
        self.fields["sheet"].choices = list(enumerate(run.sight.get("sheets", [])))
        if len(self.fields["sheet"].choices) < 2:
            del self.fields["sheet"]

    def clean(self) -> dict[str, object]:
        """Refuse a platform whose export of this kind we do not know."""
        said = super().clean() or self.cleaned_data
        platform, kind = said.get("platform"), said.get("kind")
        if platform and kind and known_exports.of(platform, kind) is None:
            self.add_error("platform", _("We know no such file of this platform. Choose “No platform we know”."))
        return said


class ColumnsForm(forms.Form):
    """Our column for each of the file's, and what becomes of consents without a date."""

    undated = forms.ChoiceField(choices=Undated.choices, required=False)
    evidence = forms.FileField(required=False, max_length=200)
    evidence_note = forms.CharField(required=False, max_length=300)

    def clean_evidence(self) -> UploadedFile | None:
        """Take evidence of a size that can be looked at."""
        file = self.cleaned_data["evidence"]
        if file and file.size > MOST_EVIDENCE_BYTES:
            raise forms.ValidationError(_("The evidence is larger than 20 MB."))
        return file

    def evidence_of(self) -> dict[str, object]:
        """Return what is kept of the evidence with each consent; empty unless a file came with words about it."""
        file, note = self.cleaned_data["evidence"], self.cleaned_data["evidence_note"].strip()
        if self.cleaned_data["undated"] != Undated.WITH_EVIDENCE or not file or not note:
            return {}
        digest = sha256()
        for part in file.chunks():
            digest.update(part)
        return {"file": file.name, "sha256": digest.hexdigest(), "note": note}
