"""The pages of segments: list, builder, comparison, files of members, uploaded lists."""
