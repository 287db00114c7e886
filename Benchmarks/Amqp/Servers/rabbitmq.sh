#!/usr/bin/env bash
# Runs Debian's rabbitmq-server, without plugins, on 127.0.0.1 and the given ports, with its data, log and configuration in a
# temporary folder. Installs it where it is missing. Says "ready PID" once clients can connect. Stops it, and only it, when the
# standard input ends, and removes the folder. An epmd of its own keeps it apart from any other Erlang node of the machine.
#   rabbitmq.sh AMQP_PORT DISTRIBUTION_PORT EPMD_PORT
set -euo pipefail
port=$1 dist=$2 epmd_port=$3

say_log() { cat "$folder"/stdout.log "$folder"/log/* >&2 2>/dev/null || true; }

if ! command -v /usr/sbin/rabbitmq-server >/dev/null; then
    # Its package would start a server of its own: policy-rc.d tells dpkg that nothing is to be started.
    policy=/usr/sbin/policy-rc.d
    if [ -e "$policy" ]; then policy=; else
        trap 'rm -f "$policy"' EXIT
        printf '#!/bin/sh\nexit 101\n' >"$policy"
        chmod +x "$policy"
    fi
    apt-get update >&2
    DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends rabbitmq-server >&2
    [ -z "$policy" ] || rm -f "$policy"
    trap - EXIT
fi

sbin=$(ls -d /usr/lib/rabbitmq/lib/rabbitmq_server-*/sbin | tail -n 1)
folder=$(mktemp -d)
mkdir "$folder"/{mnesia,log,home}
cat >"$folder/rabbitmq.conf" <<CONF
listeners.tcp.1 = 127.0.0.1:$port
log.file.level = warning
CONF
echo '[].' >"$folder/enabled_plugins"

# As root it would leave files that only root can read; the package's own user is what it runs as on a server.
as=()
if [ "$(id -u)" = 0 ]; then
    chown -R rabbitmq:rabbitmq "$folder"
    as=(runuser -u rabbitmq --)
fi

export HOME=$folder/home ERL_EPMD_PORT=$epmd_port ERL_EPMD_ADDRESS=127.0.0.1
export RABBITMQ_NODENAME=rabbit@localhost RABBITMQ_CONF_ENV_FILE=/dev/null RABBITMQ_CONFIG_FILE=$folder/rabbitmq \
    RABBITMQ_ENABLED_PLUGINS_FILE=$folder/enabled_plugins RABBITMQ_MNESIA_BASE=$folder/mnesia RABBITMQ_LOG_BASE=$folder/log \
    RABBITMQ_NODE_IP_ADDRESS=127.0.0.1 RABBITMQ_NODE_PORT=$port RABBITMQ_DIST_PORT=$dist RABBITMQ_PID_FILE=$folder/pid \
    RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS='-kernel inet_dist_use_interface {127,0,0,1}'
cd "$folder"

# Sessions of their own: a Ctrl-C at the terminal reaches this script, which then stops them in order.
setsid "${as[@]}" epmd </dev/null >/dev/null 2>&1 &
epmd=$!
# The change of the user sets the limit of open files back: it is raised after it.
setsid "${as[@]}" bash -c 'ulimit -n "$(ulimit -Hn)"; exec "$0"' "$sbin/rabbitmq-server" </dev/null >"$folder/stdout.log" 2>&1 &
launcher=$!
server=

end() {
    [ -z "$1" ] || kill -TERM "$1" 2>/dev/null || return 0
    for _ in $(seq 1 100); do
        kill -0 "$1" 2>/dev/null || return 0
        sleep 0.1
    done
    # What it would still write is about to be deleted.
    kill -KILL "$1" 2>/dev/null || true
}

stop() {
    trap - EXIT
    [ -z "$server" ] || end "$server"
    end "$launcher"
    end "$epmd"
    cd /
    rm -rf "$folder"
}
trap stop EXIT
trap 'exit 1' INT TERM

# The server writes its file before it listens.
for _ in $(seq 1 600); do
    kill -0 "$launcher" 2>/dev/null || { say_log; exit 1; }
    if [ -s "$folder/pid" ] && (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then
        server=$(cat "$folder/pid")
        break
    fi
    sleep 0.1
done
[ -n "$server" ] || { say_log; exit 1; }
echo "ready $server"
cat >/dev/null
