"""KakaoTalk's own rules: buttons, variables, review states, kinds of Brand Message, who may be reached.

Owns what is written to `KakaoProfile` and `KakaoTemplate`. May import the tables, `campaigns/pipeline/language.py` and
what lies below; the channels (`campaigns/channels/alimtalk.py`, `brand_message.py`) import it, never the other way.
"""
