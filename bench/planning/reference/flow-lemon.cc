// Exact optimum of a flow problem by LEMON's network simplex, as the reference of P4.
// g++ -O2 -o flow-lemon flow-lemon.cc -llemon; flow-lemon FILE prints cost and CPU seconds.
// FILE holds little-endian int32: nodes, arcs, then supply per node, then source, target, capacity, cost per arc.
#include <lemon/network_simplex.h>
#include <lemon/static_graph.h>
#include <cstdint>
#include <cstdio>
#include <ctime>
#include <utility>
#include <vector>

static std::vector<int32_t> readAll(FILE* file, size_t count) {
  std::vector<int32_t> values(count);
  if (fread(values.data(), sizeof(int32_t), count, file) != count) values.clear();
  return values;
}

int main(int argc, char** argv) {
  FILE* file = argc > 1 ? fopen(argv[1], "rb") : nullptr;
  if (!file) return 2;
  const std::vector<int32_t> size = readAll(file, 2);
  if (size.size() != 2) return 2;
  const int nodes = size[0], arcs = size[1];
  const std::vector<int32_t> supply = readAll(file, nodes), source = readAll(file, arcs),
                             target = readAll(file, arcs), capacity = readAll(file, arcs),
                             cost = readAll(file, arcs);
  fclose(file);
  if ((int)cost.size() != arcs) return 2;
  // The arcs come sorted by source, as StaticDigraph wants them.
  std::vector<std::pair<int, int>> ends(arcs);
  for (int i = 0; i < arcs; i++) ends[i] = {source[i], target[i]};
  lemon::StaticDigraph graph;
  graph.build(nodes, ends.begin(), ends.end());
  using Simplex = lemon::NetworkSimplex<lemon::StaticDigraph, long long, long long>;
  lemon::StaticDigraph::ArcMap<long long> upper(graph), unit(graph);
  lemon::StaticDigraph::NodeMap<long long> balance(graph);
  for (int i = 0; i < arcs; i++) {
    upper[graph.arc(i)] = capacity[i];
    unit[graph.arc(i)] = cost[i];
  }
  for (int i = 0; i < nodes; i++) balance[graph.node(i)] = supply[i];
  Simplex simplex(graph);
  simplex.upperMap(upper).costMap(unit).supplyMap(balance);
  const clock_t begin = clock();
  if (simplex.run() != Simplex::OPTIMAL) return 3;
  printf("%lld %.2f\n", simplex.totalCost<long long>(), double(clock() - begin) / CLOCKS_PER_SEC);
  return 0;
}
