"""How many answers a question needs, and what so many answers can say."""
