"""The report of a campaign: from its audience down to the won it earned, and why.

Owns the reading, the page, the comparison and the files of it; reads only, a bounded number of statements a report.
May import every other room of analytics and every app below. A module a section, in the order of the page.
"""
