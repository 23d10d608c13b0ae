"""How the contents of recipes are written: an e-mail from its sentences, a text message, a notification.

The law's parts ((광고), sender, opt-out) are added when a message is made and are never written here.
"""

from collections.abc import Mapping

from campaigns.library.starter_templates import SHEET
from campaigns.recipes.base import LANGUAGES, Content, Contents

# Where links lead until the draft is made, which puts the shop's own address here.
SHOP = "https://www.example.com/"
# How a customer is addressed, without a name too.
YOU_KOREAN = "{{ name | honorific }}"
YOU_ENGLISH = "{{ name | default: 'there' }}"
COUPON_KOREAN = (
    "<strong>{{ coupon.name }}</strong><br>쿠폰 번호 <strong>{{ coupon.code }}</strong><br>"
    "{{ coupon.valid_until }}까지 쓰실 수 있습니다."
)
COUPON_ENGLISH = (
    "<strong>{{ coupon.name }}</strong><br>Code <strong>{{ coupon.code }}</strong><br>"
    "Valid until {{ coupon.valid_until }}."
)
PRODUCTS = """\
  {{% for product in {field} %}}
  <div class="product"><a href="{{{{ product.url | default: '{shop}' }}}}">{{{{ product.name }}}}</a>\
{{% if product.price %}}<br><span class="price">{{{{ product.price | won }}}}</span>{{% endif %}}</div>
  {{% endfor %}}
"""


def mail(
    subject: str, heading: str, *paragraphs: str, preheader: str = "", button: str = "", products: str = ""
) -> Content:
    """Return an e-mail: a heading, paragraphs (HTML), products of a field, one button to the shop."""
    said = "".join(f"  <p>{paragraph}</p>\n" for paragraph in paragraphs)
    listed = PRODUCTS.format(field=products, shop=SHOP) if products else ""
    led = f'  <p><a class="button" href="{SHOP}">{button}</a></p>\n' if button else ""
    html = f'{SHEET}<div class="sheet">\n  <h1>{heading}</h1>\n{said}{listed}{led}</div>\n'
    return Content(subject=subject, preheader=preheader, html=html)


def text(*lines: str, subject: str = "", link: bool = False) -> Content:
    """Return a text message of these lines; `subject` is shown where it leaves as an LMS, the link stands last."""
    return Content(subject=subject, text="\n".join([*lines, SHOP] if link else lines))


def push(title: str, body: str) -> Content:
    """Return a notification of the app: two short lines that open the shop."""
    return Content(subject=title, text=body, url=SHOP)


def alimtalk(name: str, *lines: str, values: Mapping[str, str]) -> Content:
    """Return an AlimTalk: the template's name and text with #{variables}, and what fills them."""
    return Content(subject=name, text="\n".join(lines), values=values)


def everywhere(**channels: tuple[Content, ...]) -> Mapping[str, Contents]:
    """Return contents by channel, the preferred first; each in Korean, then in English where it has that."""
    return {channel: dict(zip(LANGUAGES, contents, strict=False)) for channel, contents in channels.items()}
