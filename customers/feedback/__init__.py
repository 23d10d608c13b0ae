"""What customers say when they are asked, and what the shop does about it.

`surveys` opens and closes them, `questions` knows the scales, `survey_links` signs the addresses, `answering` records
what `survey_view` is told on the public page; a low score becomes a case, which `cases` leads to its end. The pages of
staff are `survey_admin`, `results_page` and `case_admin`. Imports the models and floor of this app and of the project;
what a message was about is told by upper apps through `subjects`.
"""
