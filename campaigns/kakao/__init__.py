"""KakaoTalk's own rules: buttons, variables, review states, kinds of Brand Message, who may be reached.

Owns what is written to `KakaoProfile` and `KakaoTemplate`. May import the tables, the language of content, the rules
of the law and the life of campaigns, which an approval taken away holds. The channels import it, never the other way.
"""
