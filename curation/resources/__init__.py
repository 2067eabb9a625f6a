"""Files the installed command needs: the default recipe and the card's template."""
