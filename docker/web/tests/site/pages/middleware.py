def nothing(get_response):
    return get_response
