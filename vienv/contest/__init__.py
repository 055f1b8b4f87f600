"""The competition: policies x scenarios x worlds -> cells -> statistics -> leaderboard and picture."""
