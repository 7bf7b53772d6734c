// The only way the rest of the package sees libcurl.
#pragma once
#include <curl/curl.h>
// curl_easy_setopt is variadic and a macro: one typed inline per argument shape.
static inline CURLcode tc_curl_set_long(CURL *h, CURLoption o, long v) { return curl_easy_setopt(h, o, v); }
static inline CURLcode tc_curl_set_string(CURL *h, CURLoption o, const char *v) { return curl_easy_setopt(h, o, v); }
static inline CURLcode tc_curl_set_pointer(CURL *h, CURLoption o, void *v) { return curl_easy_setopt(h, o, v); }
static inline CURLcode tc_curl_set_list(CURL *h, CURLoption o, struct curl_slist *v) { return curl_easy_setopt(h, o, v); }
static inline CURLcode tc_curl_set_reader(CURL *h, curl_read_callback f, void *state) {
    CURLcode code = curl_easy_setopt(h, CURLOPT_READFUNCTION, f);
    return code != CURLE_OK ? code : curl_easy_setopt(h, CURLOPT_READDATA, state);
}
static inline CURLcode tc_curl_set_watcher(CURL *h, curl_debug_callback f, void *state) {
    CURLcode code = curl_easy_setopt(h, CURLOPT_DEBUGFUNCTION, f);
    return code != CURLE_OK ? code : curl_easy_setopt(h, CURLOPT_DEBUGDATA, state);
}
static inline CURLcode tc_curl_set_progress(CURL *h, curl_xferinfo_callback f, void *state) {
    CURLcode code = curl_easy_setopt(h, CURLOPT_XFERINFOFUNCTION, f);
    return code != CURLE_OK ? code : curl_easy_setopt(h, CURLOPT_XFERINFODATA, state);
}
static inline CURLcode tc_curl_get_long(CURL *h, CURLINFO i, long *v) { return curl_easy_getinfo(h, i, v); }
