"""English strings of Django itself whose Korean in Django's own catalogue is missing or reads like a machine's.

Listed here so that `manage.py translations` gathers them and the project's catalogue, which Django asks first, says
them in our words (F-08). Nothing imports this module. A string that Django no longer has fails
`tests/crm_project/test_translations.py`.
"""

from django.utils.translation import gettext_noop, ngettext_lazy

WORDING = {
    "Lists": [
        gettext_noop("Select %s"),
        gettext_noop("Select %s to change"),
        gettext_noop("Select %s to view"),
        gettext_noop("Action:"),
        gettext_noop("Run the selected action"),
        gettext_noop("Go"),
        gettext_noop("0 of %(cnt)s selected"),
        ngettext_lazy("%(total_count)s selected", "All %(total_count)s selected"),
        gettext_noop("Click here to select the objects across all pages"),
        gettext_noop("Select all %(total_count)s %(module_name)s"),
        gettext_noop("Select all objects on this page for an action"),
        gettext_noop("Select this object for an action - {}"),
        gettext_noop("Items must be selected in order to perform actions on them. No items have been changed."),
        gettext_noop("No action selected."),
        ngettext_lazy("%(count)s %(name)s was changed successfully.", "%(count)s %(name)s were changed successfully."),
        ngettext_lazy("%(counter)s result", "%(counter)s results"),
        gettext_noop("%(full_result_count)s total"),
        gettext_noop(" By %(filter_title)s "),
        gettext_noop("Any date"),
        gettext_noop("All dates"),
        gettext_noop("Past 7 days"),
        gettext_noop("This year"),
        gettext_noop("Has date"),
        gettext_noop("Toggle sorting"),
        gettext_noop("Remove from sorting"),
        gettext_noop("Sorting priority: %(priority_number)s"),
        gettext_noop("Clear selection"),
        gettext_noop("Empty"),
        gettext_noop("Not empty"),
        gettext_noop("No"),
    ],
    "Forms": [
        gettext_noop("Add %s"),
        gettext_noop("Change %s"),
        gettext_noop("View %s"),
        gettext_noop("Save and add another"),
        gettext_noop("Save and continue editing"),
        gettext_noop("Save and view"),
        gettext_noop("Save as new"),
        gettext_noop("Add another %(verbose_name)s"),
        gettext_noop("Add another %(model)s"),
        gettext_noop("Change selected %(model)s"),
        gettext_noop("Delete selected %(model)s"),
        gettext_noop("View selected %(model)s"),
        gettext_noop("Lookup"),
        gettext_noop("Hold down “Control”, or “Command” on a Mac, to select more than one."),
        ngettext_lazy("Please correct the error below.", "Please correct the errors below."),
        gettext_noop("The {name} “{obj}” was added successfully."),
        gettext_noop("The {name} “{obj}” was added successfully. You may add another {name} below."),
        gettext_noop("The {name} “{obj}” was changed successfully."),
        gettext_noop("The {name} “{obj}” was changed successfully. You may edit it again below."),
        gettext_noop("The {name} “{obj}” was changed successfully. You may add another {name} below."),
        gettext_noop("You may edit it again below."),
        gettext_noop("You don’t have permission to view or edit anything."),
        gettext_noop("%(name)s with ID “%(key)s” doesn’t exist. Perhaps it was deleted?"),
        gettext_noop("Popup closing…"),
    ],
    "Deleting": [
        gettext_noop("Delete selected %(verbose_name_plural)s"),
        gettext_noop("Successfully deleted %(count)d %(items)s."),
        gettext_noop("The %(name)s “%(obj)s” was deleted successfully."),
        gettext_noop("Cannot delete %(name)s"),
        gettext_noop("Delete multiple objects"),
        gettext_noop("Objects"),
        gettext_noop(
            'Are you sure you want to delete the %(object_name)s "%(escaped_object)s"? All of the following '
            "related items will be deleted:"
        ),
        gettext_noop(
            "Are you sure you want to delete the selected %(objects_name)s? All of the following objects and "
            "their related items will be deleted:"
        ),
        gettext_noop(
            "Deleting the %(object_name)s '%(escaped_object)s' would result in deleting related objects, but "
            "your account doesn't have permission to delete the following types of objects:"
        ),
        gettext_noop(
            "Deleting the %(object_name)s '%(escaped_object)s' would require deleting the following "
            "protected related objects:"
        ),
        gettext_noop(
            "Deleting the selected %(objects_name)s would result in deleting related objects, but your "
            "account doesn't have permission to delete the following types of objects:"
        ),
        gettext_noop(
            "Deleting the selected %(objects_name)s would require deleting the following protected related objects:"
        ),
        gettext_noop(
            "Deleting %(class_name)s %(instance)s would require deleting the following protected related "
            "objects: %(related_objects)s"
        ),
        gettext_noop("Yes, I’m sure"),
        gettext_noop("No, take me back"),
        gettext_noop("Delete?"),
    ],
    "History": [
        gettext_noop("History"),
        gettext_noop("Change history: %s"),
        gettext_noop("Action"),
        gettext_noop("Date/time"),
        gettext_noop("Added."),
        gettext_noop("Added {name} “{object}”."),
        gettext_noop("Changed {fields}."),
        gettext_noop("Changed {fields} for {name} “{object}”."),
        gettext_noop("Deleted {name} “{object}”."),
        gettext_noop("No fields changed."),
        gettext_noop("and"),
        gettext_noop("This object doesn’t have a change history. It probably wasn’t added via this admin site."),
        ngettext_lazy("entry", "entries"),
        gettext_noop("log entry"),
        gettext_noop("log entries"),
        gettext_noop("Recent actions"),
        gettext_noop("My actions"),
        gettext_noop("None available"),
    ],
    "The frame": [
        gettext_noop("Skip to main content"),
        gettext_noop("Breadcrumbs"),
        gettext_noop("Toggle navigation"),
        gettext_noop("Sidebar"),
        gettext_noop("Start typing to filter…"),
        gettext_noop("Page not found"),
        gettext_noop("We’re sorry, but the requested page could not be found."),
        gettext_noop(
            "There’s been an error. It’s been reported to the site administrators via email and should be "
            "fixed shortly. Thanks for your patience."
        ),
    ],
    "Logging in and passwords": [
        gettext_noop(
            "Please enter the correct %(username)s and password for a staff account. Note that both fields "
            "may be case-sensitive."
        ),
        gettext_noop("Please enter a correct %(username)s and password. Note that both fields may be case-sensitive."),
        gettext_noop("This account is inactive."),
        gettext_noop(
            "You are authenticated as %(username)s, but are not authorized to access this page. Would you "
            "like to login to a different account?"
        ),
        gettext_noop("Forgotten your login credentials?"),
        gettext_noop("Log in again"),
        gettext_noop("Thanks for spending some quality time with the web site today."),
        gettext_noop(
            "Please enter your old password, for security’s sake, and then enter your new password twice so "
            "we can verify you typed it in correctly."
        ),
        gettext_noop("Old password"),
        gettext_noop("New password"),
        gettext_noop("New password confirmation"),
        gettext_noop("Change my password"),
        gettext_noop("Password change successful"),
        gettext_noop("Your password was changed."),
        gettext_noop("Your old password was entered incorrectly. Please enter it again."),
        gettext_noop("Enter a new password for the user <strong>%(username)s</strong>."),
        gettext_noop("Password changed successfully."),
        gettext_noop("Enter the same password as before, for verification."),
        gettext_noop("Raw passwords are not stored, so there is no way to see the user’s password."),
        gettext_noop("No password set."),
        gettext_noop("Reset password"),
        gettext_noop("Password-based authentication"),
        gettext_noop("Password-based authentication was disabled."),
        gettext_noop("Disable password-based authentication"),
        gettext_noop("Enable password-based authentication"),
        gettext_noop("Enable password-based authentication for this user by setting a password."),
        gettext_noop("This action will <strong>enable</strong> password-based authentication for this user."),
        gettext_noop(
            "Whether the user will be able to authenticate using a password or not. If disabled, they may "
            "still be able to authenticate using other backends, such as Single Sign-On or LDAP."
        ),
        gettext_noop("Enabled"),
        gettext_noop("Disabled"),
        ngettext_lazy(
            "This password is too short. It must contain at least %d character.",
            "This password is too short. It must contain at least %d characters.",
        ),
        ngettext_lazy(
            "Your password must contain at least %(min_length)d character.",
            "Your password must contain at least %(min_length)d characters.",
        ),
        gettext_noop("The password is too similar to the %(verbose_name)s."),
        gettext_noop("Your password can’t be too similar to your other personal information."),
        gettext_noop("This password is too common."),
        gettext_noop("Your password can’t be a commonly used password."),
        gettext_noop("This password is entirely numeric."),
        gettext_noop("Your password can’t be entirely numeric."),
    ],
    "Users and roles": [
        gettext_noop("users"),
        gettext_noop("group"),
        gettext_noop("groups"),
        gettext_noop(
            "The groups this user belongs to. A user will get all permissions granted to each of their groups."
        ),
        gettext_noop("permission"),
        gettext_noop("permissions"),
        gettext_noop("superuser status"),
        gettext_noop("Designates that this user has all permissions without explicitly assigning them."),
        gettext_noop("Specific permissions for this user."),
        gettext_noop("user permissions"),
        gettext_noop("username"),
        gettext_noop("Required. 150 characters or fewer. Letters, digits and @/./+/-/_ only."),
        gettext_noop("A user with that username already exists."),
        gettext_noop("Enter a valid username. This value may contain only letters, numbers, and @/./+/-/_ characters."),
        gettext_noop("staff status"),
        gettext_noop("Designates whether the user can log into this admin site."),
        gettext_noop(
            "Designates whether this user should be treated as active. Unselect this instead of deleting accounts."
        ),
        gettext_noop("After you’ve created a user, you’ll be able to edit more user options."),
        gettext_noop("Personal info"),
        gettext_noop("Important dates"),
        gettext_noop("date joined"),
        gettext_noop("Authentication and Authorization"),
        gettext_noop("content type"),
    ],
    "What a form refuses": [
        gettext_noop("This field is required."),
        gettext_noop("Enter a valid value."),
        gettext_noop("Enter a valid URL."),
        gettext_noop("Enter a valid integer."),
        gettext_noop("Enter a valid email address."),
        gettext_noop("Enter a number."),
        gettext_noop("Enter a whole number."),
        gettext_noop("Enter a valid date."),
        gettext_noop("Enter a valid time."),
        gettext_noop("Enter a valid date/time."),
        gettext_noop("Enter a valid JSON."),
        gettext_noop("Enter a list of values."),
        gettext_noop("Ensure this value is %(limit_value)s (it is %(show_value)s)."),
        gettext_noop("Ensure this value is less than or equal to %(limit_value)s."),
        gettext_noop("Ensure this value is greater than or equal to %(limit_value)s."),
        ngettext_lazy(
            "Ensure this value has at least %(limit_value)d character (it has %(show_value)d).",
            "Ensure this value has at least %(limit_value)d characters (it has %(show_value)d).",
        ),
        ngettext_lazy(
            "Ensure this value has at most %(limit_value)d character (it has %(show_value)d).",
            "Ensure this value has at most %(limit_value)d characters (it has %(show_value)d).",
        ),
        ngettext_lazy(
            "Ensure that there are no more than %(max)s digit in total.",
            "Ensure that there are no more than %(max)s digits in total.",
        ),
        ngettext_lazy(
            "Ensure that there are no more than %(max)s decimal place.",
            "Ensure that there are no more than %(max)s decimal places.",
        ),
        gettext_noop("Null characters are not allowed."),
        gettext_noop("%(model_name)s with this %(field_label)s already exists."),
        gettext_noop("%(model_name)s with this %(field_labels)s already exists."),
        gettext_noop("Constraint “%(name)s” is violated."),
        gettext_noop("This field cannot be null."),
        gettext_noop("This field cannot be blank."),
        gettext_noop("Value %(value)r is not a valid choice."),
        gettext_noop("Select a valid choice. That choice is not one of the available choices."),
        gettext_noop("Select a valid choice. %(value)s is not one of the available choices."),
        gettext_noop("“%(pk)s” is not a valid value."),
        gettext_noop("No file was submitted."),
        gettext_noop("The submitted file is empty."),
        gettext_noop("CSRF verification failed. Request aborted."),
        gettext_noop("Forbidden"),
    ],
    "Days of the week, where a date is short": [
        gettext_noop("Mon"),
        gettext_noop("Tue"),
        gettext_noop("Wed"),
        gettext_noop("Thu"),
        gettext_noop("Fri"),
        gettext_noop("Sat"),
        gettext_noop("Sun"),
    ],
}
