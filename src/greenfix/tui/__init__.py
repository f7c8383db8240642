"""The screens. They show what the story tells and answer what it asks; every decision of substance is the core's."""
