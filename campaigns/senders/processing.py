"""The company behind a sending account: once it is live, customers must be told who handles their data (P-09, P-10)."""

from django.utils import translation
from django.utils.translation import gettext as _

from campaigns.compliance.senders import OWN_GATEWAYS
from campaigns.gateways.base import GATEWAYS
from campaigns.gateways.mail_services import MAIL_SERVICES
from campaigns.models import ChannelAccount
from customers.models import Processor
from customers.privacy import processors

# For the privacy policy, which is in Korean: what is done for the shop, and with which data.
TASKS = {
    "email": ("이메일 발송", "이름, 이메일 주소"),
    "sms": ("문자메시지 발송", "이름, 휴대전화번호"),
    "alimtalk": ("카카오톡 알림톡 발송", "이름, 휴대전화번호"),
    "brand_message": ("카카오톡 브랜드 메시지 발송", "이름, 휴대전화번호"),
    "push": ("앱 푸시 발송", "기기 식별값"),
    "web_push": ("웹 푸시 발송", "브라우저 식별값"),
}


def name_processor(account: ChannelAccount) -> Processor | None:
    """Enter the company behind a live account among the processors and tie it to the account; return it.

    What customers were not told yet about it stands there as something to do. None for gateways of our own. The account
    is changed in hand, not saved.
    """
    if not account.is_live or account.gateway in OWN_GATEWAYS:
        return None
    if account.processor is None:
        task, items = TASKS.get(account.channel, ("메시지 발송", "이름, 연락처"))
        account.processor, _is_new = Processor.objects.get_or_create(
            name=_company(account), defaults={"task": task, "items": items, "country": account.country}
        )
    _take_over(account, account.processor)
    return account.processor


def to_do(account: ChannelAccount) -> list[str]:
    """Return what is still to be done before customers were told about the company behind the account."""
    return processors.missing(account.processor) if account.processor else []


def _take_over(account: ChannelAccount, processor: Processor) -> None:
    """Let the processor know what was entered at the account; what it knows already stays."""
    if account.country != processors.HOME:
        processor.country = account.country
    processor.contract_on = processor.contract_on or account.contract_on
    processor.transfer_notified_on = processor.transfer_notified_on or account.overseas_notice_on
    processor.is_active = True
    processor.save()


def _company(account: ChannelAccount) -> str:
    """Return what the company is called, in Korean whatever the operator reads: by its name it is found again."""
    service, host = account.settings.get("service"), account.settings.get("host")
    if account.gateway == "anymail" and service in MAIL_SERVICES:
        return MAIL_SERVICES[service].label
    with translation.override("ko"):
        label = str(GATEWAYS[account.gateway].label)
        return _("%(gateway)s at %(host)s") % {"gateway": label, "host": host} if host else label
