"""What can be chosen, entry by entry; nothing here needs torch before an entry is used."""
