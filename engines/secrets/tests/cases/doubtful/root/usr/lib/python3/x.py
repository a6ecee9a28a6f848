if user_pass == "git":
    pass
if user_pass == "Dr22ccDd":
    pass
