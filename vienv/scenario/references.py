def check(s, label):
    pass
