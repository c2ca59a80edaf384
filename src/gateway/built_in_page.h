// The page that stands for the web UI where its files aren't installed.
#pragma once

#include <string_view>

namespace vedette {

inline constexpr std::string_view kBuiltInPage = R"html(<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Vedette</title>
<h1>Vedette</h1>
<p>This is the gateway to a packet sensor. The web interface is not installed here
(<code>vedette-gateway --web FOLDER</code> serves it); the API is.</p>
<p>Set the administrator's password once, with the token that the gateway printed when it began:</p>
<pre>curl -k https://HOST:8443/auth/setup -H 'Content-Type: application/json' \
     -d '{"token":"TOKEN","password":"PASSWORD"}'</pre>
<p>Sign in, and make a key for a program:</p>
<pre>curl -k -c jar https://HOST:8443/auth/sign-in -H 'Content-Type: application/json' -d '{"password":"PASSWORD"}'
curl -k -b jar https://HOST:8443/auth/keys -H 'Content-Type: application/json' \
     -H 'X-Vedette-CSRF: TOKEN OF THE ANSWER' -d '{"name":"a program","scopes":["read"]}'</pre>
<p>Ask:</p>
<pre>curl -k -H 'Authorization: Bearer KEY' https://HOST:8443/v1/stats</pre>
<p>The API is described at <code>/v1/openapi.json</code> and <code>/auth/openapi.json</code>.</p>
</html>
)html";

}  // namespace vedette
