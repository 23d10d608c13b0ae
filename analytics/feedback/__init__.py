"""How content customers are: NPS and CSAT over time, by store, category, product and campaign.

`reading` counts scores, `page` draws them. Imports the figures of `customers/feedback`, and campaigns for their names.
"""
