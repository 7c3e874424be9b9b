"""Pictures that prove a handover are kept whole or not at all, under names nobody can guess."""
