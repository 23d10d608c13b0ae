"""The mail of the demo's campaign: what 단골마트 writes to its regulars."""

SUBJECT = "{{ name }}님, 이번 주 단골 혜택이 도착했습니다"
PREHEADER = "자주 찾으시는 상품을 최대 30% 할인합니다. 일요일까지만!"
HTML = """
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" style="background:#f4f5f7">
  <tr><td align="center" style="padding:24px 12px">
    <table role="presentation" width="100%" cellpadding="0" cellspacing="0"
           style="max-width:560px;background:#ffffff;border-radius:12px">
      <tr><td style="padding:28px 28px 0;font-size:15px;font-weight:700;color:#0f766e">단골마트</td></tr>
      <tr><td style="padding:12px 28px 0;font-size:24px;line-height:1.4;font-weight:700;color:#111827">
        {{ name }}님, 늘 찾아 주셔서<br>고맙습니다
      </td></tr>
      <tr><td style="padding:16px 28px 0;font-size:15px;line-height:1.7;color:#374151">
        지금까지 {{ order_count }}번이나 저희를 찾아 주셨습니다.
        {% if home_store %}{{ home_store }}에서 자주 뵙는{% else %}소중한{% endif %}
        단골 고객님께 이번 주 혜택을 가장 먼저 알려 드립니다.
      </td></tr>
      <tr><td style="padding:20px 28px 0">
        <table role="presentation" width="100%" cellpadding="0" cellspacing="0"
               style="background:#f0fdfa;border-radius:8px">
          <tr><td style="padding:16px 18px;font-size:15px;line-height:1.9;color:#134e4a">
            <strong>신선식품</strong> 최대 30% 할인<br>
            <strong>생필품</strong> 두 개 사면 하나 더<br>
            <strong>온라인 주문</strong> 4만 원 이상 무료 배송
          </td></tr>
        </table>
      </td></tr>
      <tr><td style="padding:24px 28px 0" align="center">
        <a href="https://www.example.com/dangol-mart/weekly"
           style="display:inline-block;padding:14px 28px;border-radius:8px;background:#0f766e;
           color:#ffffff;font-size:16px;font-weight:700;text-decoration:none">이번 주 혜택 보기</a>
      </td></tr>
      <tr><td style="padding:20px 28px 28px;font-size:14px;line-height:1.7;color:#6b7280" align="center">
        <a href="https://www.example.com/dangol-mart/best" style="color:#0f766e">많이 찾는 상품</a> ·
        <a href="https://www.example.com/dangol-mart/stores" style="color:#0f766e">가까운 매장 찾기</a>
      </td></tr>
    </table>
  </td></tr>
</table>
"""
