// The only way the rest of the package sees libcurl.
#pragma once
#include <curl/curl.h>
// curl_easy_setopt is variadic and a macro: one typed inline per argument shape.
static inline CURLcode tc_curl_set_long(CURL *h, CURLoption o, long v) { return curl_easy_setopt(h, o, v); }
static inline CURLcode tc_curl_set_string(CURL *h, CURLoption o, const char *v) { return curl_easy_setopt(h, o, v); }
static inline CURLcode tc_curl_set_pointer(CURL *h, CURLoption o, void *v) { return curl_easy_setopt(h, o, v); }
