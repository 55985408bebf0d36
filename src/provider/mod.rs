//! Wire dialects as pure codecs: a request becomes a body, bytes become a reply.
