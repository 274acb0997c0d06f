"""stub"""
def document():
    return {}
