// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <algorithm>
#include <cmath>

namespace printrouter::pdf {

struct Box {
  double x0 = 0, y0 = 0, x1 = 0, y1 = 0;
  bool empty() const { return !(x1 >= x0 && y1 >= y0); }
  Box cut(const Box& o) const {
    return {std::max(x0, o.x0), std::max(y0, o.y0), std::min(x1, o.x1), std::min(y1, o.y1)};
  }
  bool covers(const Box& o) const { return x0 <= o.x0 && y0 <= o.y0 && x1 >= o.x1 && y1 >= o.y1; }
  void add(double x, double y) {
    x0 = std::min(x0, x), y0 = std::min(y0, y), x1 = std::max(x1, x), y1 = std::max(y1, y);
  }
  static Box nothing() { return {1e30, 1e30, -1e30, -1e30}; }
  static Box everything() { return {-1e30, -1e30, 1e30, 1e30}; }
};

struct Matrix {
  double a = 1, b = 0, c = 0, d = 1, e = 0, f = 0;
  /// This one first, then `o`.
  Matrix then(const Matrix& o) const {
    return {a * o.a + b * o.c, a * o.b + b * o.d,       c * o.a + d * o.c,
            c * o.b + d * o.d, e * o.a + f * o.c + o.e, e * o.b + f * o.d + o.f};
  }
  double x(double px, double py) const { return a * px + c * py + e; }
  double y(double px, double py) const { return b * px + d * py + f; }
  Box of(const Box& box) const {
    Box out = Box::nothing();
    for (const double px : {box.x0, box.x1})
      for (const double py : {box.y0, box.y1}) out.add(x(px, py), y(px, py));
    return out;
  }
  bool upright() const { return (b == 0 && c == 0) || (a == 0 && d == 0); }
  double scale() const { return std::sqrt(std::fabs(a * d - b * c)); }
};

}  // namespace printrouter::pdf
