"""What marketing cost: entered or imported by month and acquisition source, for CAC and return.

Owns the table of marketing spend and its pages. May import every app and the floor of crm_project.

a file's lines → what they say and what is wrong with them (`spend_file`) → looked at, then stored (`import_page`)
→ by month and source beside what it brought (`matrix`, `overview_page`)
"""
