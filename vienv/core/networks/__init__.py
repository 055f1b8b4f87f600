"""The networks of hosts: links that go down and come back."""
