// SPDX-License-Identifier: Apache-2.0
#include "server/database.hpp"

#include <array>

#include "server/database_engines.hpp"

namespace printrouter::server {

std::int64_t Row::integer(std::size_t column) const {
  const auto* number = std::get_if<std::int64_t>(&values_.at(column));
  return number ? *number : 0;
}

const std::string& Row::text(std::size_t column) const {
  static const std::string none;
  const auto* text = std::get_if<std::string>(&values_.at(column));
  return text ? *text : none;
}

Value text_or_null(std::string text) {
  return text.empty() ? Value() : Value(std::move(text));
}

bool is_postgres(std::string_view connection) {
  return connection.starts_with("postgresql://") || connection.starts_with("postgres://");
}

Result<std::unique_ptr<Database>> Database::open(const std::string& connection) {
  return is_postgres(connection) ? open_postgres(connection) : open_sqlite(connection);
}

Result<std::int64_t> Database::insert_many(std::string_view head, std::size_t columns,
                                           std::span<const Values> rows, std::string_view tail) {
  // Few sizes, so that few statements are prepared.
  static constexpr std::array<std::size_t, 5> sizes = {256, 64, 16, 4, 1};
  std::int64_t written = 0;
  std::string sql;
  Values values;
  for (const std::size_t size : sizes) {
    while (rows.size() >= size) {
      sql.assign(head).append(" VALUES ");
      values.clear();
      for (std::size_t r = 0; r < size; ++r) {
        sql += r == 0 ? "(" : ",(";
        for (std::size_t c = 0; c < columns; ++c)
          sql.append(c == 0 ? "$" : ",$").append(std::to_string(r * columns + c + 1));
        sql += ')';
        values.insert(values.end(), rows[r].begin(), rows[r].end());
      }
      sql.append(" ").append(tail);
      const auto done = execute(sql, values);
      if (!done) return done;
      written += *done;
      rows = rows.subspan(size);
    }
  }
  return written;
}

}  // namespace printrouter::server
