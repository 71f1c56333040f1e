# Opens a session, and reads it.
curl --silent --fail "$GATEWAY_URL/api/v1/sessions" \
  --header "Authorization: Bearer $LIVENESS_SERVER_KEY" --header "Content-Type: application/json" \
  --data '{ "reference": "order 4711" }'

curl --silent --fail "$GATEWAY_URL/api/v1/sessions/$SESSION_ID" --header "Authorization: Bearer $LIVENESS_SERVER_KEY"
