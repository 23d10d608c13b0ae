"""Processors: what customers must be told about each, and the paragraph for the shop's privacy policy (P-09, P-10)."""

from django.utils.translation import gettext as _

from customers.models import Processor

HOME = "KR"


def missing(processor: Processor) -> list[str]:
    """Return what still has to be done before this processor may work, most pressing first."""
    if not processor.is_active:
        return []
    wants = [
        (processor.contract_on is None, _("no written contract")),
        (processor.is_promotion and processor.notified_on is None, _("customers not told one by one")),
        (
            processor.country != HOME and processor.transfer_notified_on is None,
            _("transfer abroad not published"),
        ),
    ]
    return [words for is_missing, words in wants if is_missing]


def all_missing() -> list[tuple[Processor, str]]:
    """Return what is missing of every active processor."""
    active = Processor.objects.filter(is_active=True)
    return [(processor, words) for processor in active for words in missing(processor)]


def policy_text() -> str:
    """Return the list of active processors in the words of a Korean privacy policy, those abroad apart."""
    active = list(Processor.objects.filter(is_active=True))
    lines = ["개인정보 처리업무의 위탁", ""]
    lines += [f"- {each.name}: {each.task} (항목: {each.items})" for each in active if each.country == HOME]
    abroad = [each for each in active if each.country != HOME]
    if abroad:
        lines += ["", "개인정보의 국외 이전", ""]
        lines += [
            f"- {each.name} ({each.country}): {each.task} (항목: {each.items}, 보유 기간: {each.kept_for or '-'})"
            for each in abroad
        ]
    return "\n".join(lines)
