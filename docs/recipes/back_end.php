<?php
// Opens a session at the gateway, and reads what became of it. PHP 8.0 or newer, no extension.
declare(strict_types=1);

/** The `data` of the gateway's answer; throws with the code where it refuses. */
function ask(string $method, string $path, ?array $body = null): array
{
    $headers = ['Authorization: Bearer ' . getenv('LIVENESS_SERVER_KEY'), 'Content-Type: application/json'];
    $http = ['method' => $method, 'header' => $headers, 'timeout' => 10, 'ignore_errors' => true];
    if ($body !== null) {
        $http['content'] = json_encode($body, JSON_THROW_ON_ERROR);
    }
    $url = rtrim((string) getenv('GATEWAY_URL'), '/') . $path;
    $text = file_get_contents($url, false, stream_context_create(['http' => $http]));
    if ($text === false) {
        throw new RuntimeException('gateway: no answer');
    }
    $answer = json_decode($text, true, 512, JSON_THROW_ON_ERROR);
    return $answer['data'] ?? throw new RuntimeException('gateway: ' . $text);
}

/** For the page: `id` and `token`. `$reference` is your own name for the check. */
function open_session(string $reference): array
{
    $session = ask('POST', '/api/v1/sessions', ['reference' => $reference]);
    return ['id' => $session['session_id'], 'token' => $session['token']];
}

/** Whether this check was yours, and its verdict is `live`. Ask when the page says that it is done. */
function is_live(string $id, string $reference): bool
{
    $session = ask('GET', '/api/v1/sessions/' . rawurlencode($id));
    $mine = $session['state'] === 'complete' && ($session['reference'] ?? null) === $reference;
    return $mine && $session['verdict']['verdict'] === 'live';
}

if (PHP_SAPI === 'cli' && realpath($argv[0]) === __FILE__) {
    [, $command] = $argv;
    $arguments = array_slice($argv, 2);
    echo json_encode($command === 'open' ? open_session(...$arguments) : is_live(...$arguments)), "\n";
}
