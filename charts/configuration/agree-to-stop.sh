#!/usr/bin/env bash
# agree-to-stop.sh NODES SECONDS: ends when this node of Elasticsearch may stop: all NODES are there and every shard has
# its copies, or the others are gone anyway. Gives up after SECONDS. What it says is in the node's log; that it gave up,
# in the pod's events too.
set -u
nodes=$1 bound=$2
url='https://localhost:HTTP_PORT/_cluster/health?filter_path=status,number_of_nodes,error.type&master_timeout=3s'
say() { echo "agree-to-stop: $*" >/proc/1/fd/1; }
agree() {
  say "$1"
  # Requests still come until every node of Kubernetes has heard that this one leaves.
  sleep 5
  exit 0
}
while ((SECONDS < bound)); do
  health=$(curl --silent --max-time 10 --cacert config/tls/ca.crt --config config/monitor.curl "$url")
  # 7: nothing listens, so this node serves nobody.
  [[ $? -ne 7 ]] || exit 0
  case $health in
    *"\"green\",\"number_of_nodes\":$nodes}"*) agree 'every shard has a copy elsewhere' ;;
    *'"number_of_nodes":1}'*) agree 'no other node is there' ;;
    *master_not_discovered*) agree 'there is no cluster' ;;
  esac
  sleep 1
done
say "the cluster is not green after $bound s, stopping all the same: ${health:-no answer}"
exit 1
