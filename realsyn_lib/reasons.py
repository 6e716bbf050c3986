"""Closed lists of the words that say why a row was not kept.

``DROPPED``: a rule judged a sound row. ``QUARANTINED``: the row itself was broken, refused or
unreachable. Every ``drop_reason`` column holds a word of these two lists, or null for kept.
``FALLBACK``: why a synthetic text was refused and the retrieved one stands in.
"""

DROPPED: dict[str, str] = {
    "duplicate_document": "another row has the same page URL; the first by file and row is kept",
    "opt_out": "its owner asked not to be used: a row of opt_out names it, or the server's own headers",
    "robots": "the host's robots.txt does not allow us to ask for it",
    "placeholder": "fetch.placeholder_urls web addresses or more answered with the same bytes",
    "known_hash": "the picture, or one that looks the same, is in the list image_scorers.known_hashes",
    "too_small": "the shorter side is below images.min_side_px",
    "aspect_ratio": "long side over short side is above images.max_aspect_ratio",
    "nsfw": "the model image_scorers.nsfw gives it more than max_nsfw",
    "watermark": "the model image_scorers.watermark gives it more than max_watermark",
    "emoji": "the sentence holds an emoji",
    "url": "the sentence holds a URL or a mail address",
    "too_short": "fewer words than sentences.min_words",
    "too_long": "more words than sentences.max_words",
    "language": "another language is far more probable than sentence_scorers.language (min_language)",
    "low_complexity": "no noun has an attribute or takes part in a relation",
    "no_action": "no verb is an action",
    "low_entropy": "the unigram information is below sentences.min_entropy_bits",
    "low_perplexity": "the language model expects it too well (boilerplate, famous lines)",
    "high_perplexity": "the language model finds it too surprising (not a sentence)",
    "perceptual_duplicate": "another row looks or reads the same",
    "semantic_duplicate": "another row means the same",
    "no_text": "no sentence was retrieved for the image",
    "ocr_like": "image and synthetic text are more alike than pictures and prose are",
    "mismatched": "image and synthetic text are too little alike",
}

QUARANTINED: dict[str, str] = {
    # documents
    "empty_file": "the file has no bytes",
    "empty_document": "neither text nor image was found",
    "encoding": "the bytes are text in no encoding that could be told",
    "not_a_document": "the bytes are not HTML or text",
    "document_too_large": "more bytes than sources.max_document_bytes",
    "document_too_deep": "markup made to exhaust the parser: nested or left open without end, or the like",
    "length_mismatch": "images, texts and metadata differ in length",
    "position_conflict": "a position holds an image and a text at once",
    "bad_metadata": "metadata is not a JSON list of objects and nulls",
    "unreadable": "the file could not be read",
    "bad_record": "a line or record that does not follow its format; detail says where",
    "damaged": "the file, or the body of a record, cannot be read on; detail says why",
    # addresses
    "bad_url": "an address that is malformed, of a refused scheme, absolute, or leaves the input",
    # fetching
    "not_found": "there is no such file, or the server answered 404 or 410",
    "http_error": "the server answered with another error",
    "connection": "no connection, or it broke",
    "dns": "the host's name does not resolve",
    "tls": "the server's certificate was not accepted, or it does not speak TLS",
    "host_unavailable": "not asked: fetch.breaker_failures requests to its host failed, or it let all wait",
    "robots_unavailable": "the host's robots.txt could not be had or is too large, so nothing is allowed",
    "deadline": "not complete when fetch.deadline_s had passed",
    "incomplete": "fewer bytes came than were announced",
    "redirects": "more redirects than fetch.max_redirects",
    "hash_mismatch": "the bytes are others than those whose SHA-256 the input states",
    "ssrf_blocked": "the address leads to a host that is not public and not allowed",
    "body_too_large": "more bytes than fetch.max_body_bytes",
    # images
    "not_an_image": "the bytes are of no picture format",
    "format_refused": "a picture format that is not on the allow-list",
    "truncated": "the picture, or the page in an archive, ends early",
    "decode_error": "the decoder refused the picture",
    "too_many_pixels": "more pixels than images.max_pixels",
    # ids, vectors
    "id_collision": "two different contents share a 64-bit id",
    "bad_vector": "the model returned NaN, infinity, a zero vector or one not of unit norm",
}

FALLBACK: dict[str, str] = {
    "llm_empty": "nothing was written",
    "llm_short": "fewer words than generate.min_words",
    "llm_overlong": "it did not end within generate.max_new_tokens or max_words",
    "llm_refusal": "it speaks as an assistant instead of writing the text",
    "llm_echo": "it repeats the prompt, or one of its notes word for word",
    "llm_repetition": "it repeats itself",
    "llm_language": "it is not in the language of the sentence",
    "llm_injection": "it holds markup, a URL, control characters or chat markers",
    "llm_unfaithful": "it keeps too little of the retrieved sentence or adds too much",
    "llm_error": "the prompt was refused, is too long, or was not answered after all retries",
}
