// SPDX-License-Identifier: Apache-2.0
#include "env/file_system.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <array>
#include <cstdlib>
#include <filesystem>
#include <set>

#include "env/faulty_file_system.hpp"

namespace printrouter::env {
namespace {

std::string content(FileSystem& files, const std::string& path) {
  auto file = files.open(path, OpenMode::read);
  if (!file) return "<" + file.error().message() + ">";
  std::array<char, 256> buffer{};
  const auto n = (*file)->pread(buffer, 0);
  return n ? std::string(buffer.data(), *n) : "<" + n.error().message() + ">";
}

void write(FileSystem& files, const std::string& path, std::string_view text, bool sync) {
  auto file = files.open(path, OpenMode::create);
  ASSERT_TRUE(file) << file.error().message();
  ASSERT_TRUE((*file)->pwrite(text, 0));
  if (sync) {
    ASSERT_TRUE((*file)->sync());
  }
}

/// What spool and journal rely on must hold for the real files and for the fake.
class EitherFileSystem : public ::testing::TestWithParam<bool> {
 protected:
  void SetUp() override {
    if (GetParam()) {
      std::string pattern = (std::filesystem::temp_directory_path() / "pr-env-XXXXXX").string();
      root_ = ::mkdtemp(pattern.data());
    }
  }
  void TearDown() override {
    if (!root_.empty()) std::filesystem::remove_all(root_);
  }
  FileSystem& files() { return GetParam() ? real_file_system() : static_cast<FileSystem&>(fake_); }
  std::string path(const std::string& name) const { return root_ + "/" + name; }
  FaultyFileSystem fake_;
  std::string root_;
};

TEST_P(EitherFileSystem, keeps_what_is_written) {
  write(files(), path("a"), "hello", true);
  EXPECT_EQ(content(files(), path("a")), "hello");
  auto file = files().open(path("a"), OpenMode::read_write);
  ASSERT_TRUE(file);
  ASSERT_TRUE((*file)->pwrite("LL", 2));
  EXPECT_EQ(content(files(), path("a")), "heLLo");
  ASSERT_TRUE((*file)->truncate(3));
  EXPECT_EQ(*(*file)->size(), 3u);
  std::array<char, 8> buffer{};
  EXPECT_EQ(*(*file)->pread(buffer, 2), 1u);
  EXPECT_EQ(*(*file)->pread(buffer, 3), 0u);
  const auto cached = (*file)->pread_cached(buffer, 0);
  ASSERT_TRUE(cached);
  EXPECT_EQ(cached->value_or(3), 3u);
}

TEST_P(EitherFileSystem, says_what_kind_of_failure) {
  EXPECT_EQ(files().open(path("none"), OpenMode::read).error().code, ErrorCode::not_found);
  EXPECT_EQ(files().open(path("none"), OpenMode::read_write).error().code, ErrorCode::not_found);
  EXPECT_EQ(files().remove(path("none")).error().code, ErrorCode::not_found);
  EXPECT_EQ(files().rename(path("none"), path("b")).error().code, ErrorCode::not_found);
  EXPECT_EQ(files().list(path("none")).error().code, ErrorCode::not_found);
  write(files(), path("a"), "x", false);
  EXPECT_EQ(files().open(path("a"), OpenMode::create_new).error().code, ErrorCode::conflict);
  EXPECT_EQ(files().info(path("none")).error().place, path("none"));
}

TEST_P(EitherFileSystem, renames_replace_and_lists_are_sorted) {
  ASSERT_TRUE(files().create_folder(path("d")));
  ASSERT_TRUE(files().create_folder(path("d"))) << "there already is success";
  write(files(), path("d/b"), "1", false);
  write(files(), path("d/a"), "22", false);
  ASSERT_TRUE(files().rename(path("d/b"), path("d/a")));
  EXPECT_EQ(content(files(), path("d/a")), "1");
  write(files(), path("d/c"), "333", false);
  const auto list = files().list(path("d"));
  ASSERT_TRUE(list);
  ASSERT_EQ(list->size(), 2u);
  EXPECT_EQ(list->at(0).name, "a");
  EXPECT_EQ(list->at(1).size, 3u);
  ASSERT_TRUE(files().sync_folder(path("d")));
  EXPECT_GT(files().space(path("d"))->free, 0u);
}

INSTANTIATE_TEST_SUITE_P(, EitherFileSystem, ::testing::Bool(),
                         [](const auto& p) { return p.param ? "real" : "fake"; });

TEST(RealFileSystem, files_are_private_and_a_lock_is_held_once) {
  std::string pattern = (std::filesystem::temp_directory_path() / "pr-env-XXXXXX").string();
  const std::string root = ::mkdtemp(pattern.data());
  FileSystem& files = real_file_system();
  auto first = files.open(root + "/a", OpenMode::create_new);
  ASSERT_TRUE(first);
  struct stat info {};
  ASSERT_EQ(::stat((root + "/a").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600u);
  ASSERT_TRUE(files.create_folder(root + "/d"));
  ASSERT_EQ(::stat((root + "/d").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0700u);

  ASSERT_TRUE((*first)->lock());
  auto second = files.open(root + "/a", OpenMode::read_write);
  EXPECT_EQ((*second)->lock().error().code, ErrorCode::conflict);
  first->reset();
  EXPECT_TRUE((*second)->lock());

  std::filesystem::create_symlink(root + "/a", root + "/link");
  EXPECT_FALSE(files.open(root + "/link", OpenMode::read)) << "a link in the spool is nobody's document";
  std::filesystem::remove_all(root);
}

TEST(FaultyFileSystem, a_power_cut_loses_what_was_not_synced) {
  FaultyFileSystem files;
  ASSERT_TRUE(files.create_folder("/d"));
  ASSERT_TRUE(files.sync_folder("/"));
  write(files, "/d/synced", "abc", true);
  write(files, "/d/unsynced", "abc", false);
  ASSERT_TRUE(files.sync_folder("/d"));
  write(files, "/d/nameless", "abc", true);
  write(files, "/d/synced", "XYZ", false);
  files.cut_power_now();
  EXPECT_FALSE(files.powered());
  EXPECT_FALSE(files.open("/d/synced", OpenMode::read));
  files.power_on();
  EXPECT_EQ(content(files, "/d/synced"), "abc");
  EXPECT_EQ(content(files, "/d/unsynced"), "");
  EXPECT_EQ(files.info("/d/nameless").error().code, ErrorCode::not_found);
}

TEST(FaultyFileSystem, a_rename_lasts_only_after_its_folder_is_synced) {
  FaultyFileSystem files;
  write(files, "/a", "abc", true);
  ASSERT_TRUE(files.sync_folder("/"));
  ASSERT_TRUE(files.rename("/a", "/b"));
  files.cut_power_now();
  files.power_on();
  EXPECT_EQ(content(files, "/a"), "abc");
  ASSERT_TRUE(files.rename("/a", "/b"));
  ASSERT_TRUE(files.sync_folder("/"));
  files.cut_power_now();
  files.power_on();
  EXPECT_EQ(content(files, "/b"), "abc");
  EXPECT_FALSE(files.info("/a"));
}

TEST(FaultyFileSystem, keep_some_tears_but_never_touches_what_was_synced) {
  std::set<std::string> seen;
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    FaultyFileSystem files(seed);
    write(files, "/a", "0123456789", true);
    ASSERT_TRUE(files.sync_folder("/"));
    auto file = files.open("/a", OpenMode::read_write);
    ASSERT_TRUE((*file)->pwrite("AAAA", 0));
    ASSERT_TRUE((*file)->pwrite("BBBB", 4));
    files.cut_power_now(PowerCut::keep_some);
    files.power_on();
    const std::string after = content(files, "/a");
    EXPECT_EQ(after.substr(8), "89");
    EXPECT_EQ(after.size(), 10u);
    seen.insert(after);
  }
  EXPECT_GE(seen.size(), 4u) << "different seeds lose different writes";
}

TEST(FaultyFileSystem, fails_on_request_once_and_a_kill_loses_nothing_unsynced) {
  FaultyFileSystem files;
  files.fail_at(2, ErrorCode::disk_full);
  auto file = files.open("/a", OpenMode::create);                            // 1
  EXPECT_EQ((*file)->pwrite("abcd", 0).error().code, ErrorCode::disk_full);  // 2
  EXPECT_EQ(content(files, "/a"), "ab") << "half of it was written";
  EXPECT_TRUE((*file)->pwrite("abcd", 0));  // 3
  files.kill_at(4);
  EXPECT_EQ((*file)->pwrite("WXYZ", 0).error().code, ErrorCode::io);
  files.power_on();
  EXPECT_EQ(content(files, "/a"), "abcd");
}

TEST(FaultyFileSystem, full_and_read_only_disks) {
  FaultyFileSystem files;
  files.set_capacity(6);
  auto file = files.open("/a", OpenMode::create);
  EXPECT_TRUE((*file)->pwrite("abcd", 0));
  EXPECT_EQ(files.space("/")->free, 2u);
  EXPECT_EQ((*file)->pwrite("efgh", 4).error().code, ErrorCode::disk_full);
  EXPECT_TRUE((*file)->pwrite("ABCD", 0)) << "overwriting needs no room";
  ASSERT_TRUE(files.remove("/a"));
  EXPECT_EQ(files.space("/")->free, 6u);
  files.set_read_only(true);
  EXPECT_EQ(files.open("/b", OpenMode::create).error().code, ErrorCode::not_permitted);
  EXPECT_EQ(files.sync_folder("/").error().code, ErrorCode::not_permitted);
}

}  // namespace
}  // namespace printrouter::env
