// SPDX-License-Identifier: Apache-2.0
#pragma once
/// The same tests on both engines: a fresh SQLite file, a fresh database of a private PostgreSQL.
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <string>

#include "env/random.hpp"
#include "server/database.hpp"
#include "server/secrets.hpp"
#include "server/store_schema.hpp"

namespace printrouter::server {

/// One cluster for the whole test program; ends with it. Empty uri(): PostgreSQL is not installed.
class PrivatePostgres {
 public:
  static PrivatePostgres& one() {
    static PrivatePostgres it;
    return it;
  }
  const std::string& uri() const { return uri_; }

 private:
  PrivatePostgres() {
    std::array<int, 2> in{}, out{};
    if (::pipe(in.data()) != 0 || ::pipe(out.data()) != 0) return;
    pid_ = ::fork();
    if (pid_ == 0) {
      ::dup2(in[0], 0);
      ::dup2(out[1], 1);
      for (const int fd : {in[0], in[1], out[0], out[1]}) ::close(fd);
      ::execlp("python3", "python3", "-B",
               PRINTROUTER_SOURCE_DIR "/tests/integration/lib/private_postgres.py", nullptr);
      ::_exit(127);
    }
    ::close(in[0]);
    ::close(out[1]);
    stdin_ = in[1];
    char c = 0;
    while (::read(out[0], &c, 1) == 1 && c != '\n') uri_ += c;
    ::close(out[0]);
    if (uri_ == "none") uri_.clear();
  }
  ~PrivatePostgres() {
    ::close(stdin_);
    if (pid_ > 0) ::waitpid(pid_, nullptr, 0);
  }
  std::string uri_;
  pid_t pid_ = -1;
  int stdin_ = -1;
};

class StoreTest : public testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    ASSERT_TRUE(start_secrets());
    const std::string name = "t" + std::to_string(env::system_random().next());
    if (std::string(GetParam()) == "sqlite") {
      folder_ = std::filesystem::temp_directory_path() / ("pr-store-" + name);
      std::filesystem::create_directories(folder_);
      connection = (folder_ / "server.db").string();
      return;
    }
    const std::string uri = PrivatePostgres::one().uri();
    if (uri.empty()) GTEST_SKIP() << "PostgreSQL is not installed";
    const auto admin = Database::open(uri);
    ASSERT_TRUE(admin) << admin.error().message();
    const auto made = (*admin)->execute("CREATE DATABASE " + name);
    ASSERT_TRUE(made) << made.error().message();
    connection = uri;
    connection.replace(connection.find("/postgres?"), 10, "/" + name + "?");
  }
  void TearDown() override {
    if (!folder_.empty()) std::filesystem::remove_all(folder_);
  }
  std::unique_ptr<Database> open() {
    auto opened = Database::open(connection);
    EXPECT_TRUE(opened) << opened.error().message();
    return std::move(*opened);
  }
  std::unique_ptr<Database> open_migrated() {
    auto db = open();
    const Status done = migrate(*db);
    EXPECT_TRUE(done) << done.error().message();
    return db;
  }

  std::string connection;

 private:
  std::filesystem::path folder_;
};

#define ON_BOTH_ENGINES(suite)                                                      \
  INSTANTIATE_TEST_SUITE_P(Engines, suite, testing::Values("sqlite", "postgresql"), \
                           [](const auto& p) { return std::string(p.param); })

}  // namespace printrouter::server
