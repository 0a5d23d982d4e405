#include "capture/interpreter.hpp"
#include "capture/known_interpreters.hpp"
#include "support/catch.hpp"
#include "support/clock.hpp"
#include "support/temp_folder.hpp"

#include <filesystem>
#include <fstream>
#include <random>
#include <string>

using namespace envfix;

namespace {

/// A venv of the system's Python, made of the two things that make one.
std::string make_venv(const std::string& folder)
{
    std::filesystem::create_directories(folder + "/bin");
    std::filesystem::create_symlink("/usr/bin/python3", folder + "/bin/python");
    std::ofstream(folder + "/pyvenv.cfg") << "home = /usr/bin\n";
    return folder + "/bin/python";
}

} // namespace

TEST_CASE("an interpreter that is known is described as it was, and anew once its pyvenv.cfg is gone")
{
    const TempFolder folder;
    const auto executable = make_venv(folder.path() + "/venv");
    const auto tree = fs::Tree::open();
    capture::KnownInterpreters known;
    // An hour later nothing is so recent that it could change without its times showing it.
    const auto later = now_ns() + k_hour_ns;

    const auto first = known.describe(*tree, executable, later);
    REQUIRE(first);
    CHECK(*first == *capture::describe_interpreter(*tree, executable));
    CHECK(first->prefix == folder.path() + "/venv");
    CHECK(*known.describe(*tree, executable, later) == *first);

    std::filesystem::remove(folder.path() + "/venv/pyvenv.cfg");
    const auto again = known.describe(*tree, executable, later);
    REQUIRE(again);
    CHECK(*again == *capture::describe_interpreter(*tree, executable));
    CHECK(again->prefix != first->prefix);
}

TEST_CASE("what one process learnt of an interpreter holds in the next, and only for the same program")
{
    const TempFolder folder;
    const auto executable = make_venv(folder.path() + "/venv");
    const auto tree = fs::Tree::open();
    const capture::FileMark program{.device = 1, .inode = 2, .size = 3, .mtime_ns = 4, .ctime_ns = 5};
    capture::KnownInterpreters known;
    const auto later = now_ns() + k_hour_ns;
    REQUIRE(known.describe(*tree, executable, later));
    CHECK(known.is_changed());
    const auto saved = known.save(program);

    auto loaded = capture::KnownInterpreters::load(saved, program);
    CHECK_FALSE(loaded.is_changed());
    CHECK(*loaded.describe(*tree, executable, later) == *capture::describe_interpreter(*tree, executable));
    CHECK_FALSE(loaded.is_changed()); // nothing was found out anew
    CHECK(loaded.save(program) == saved);

    auto other_program = program;
    ++other_program.ctime_ns;
    CHECK(capture::KnownInterpreters::load(saved, other_program).save(program) != saved);

    std::filesystem::remove(folder.path() + "/venv/pyvenv.cfg");
    CHECK(*loaded.describe(*tree, executable, later) == *capture::describe_interpreter(*tree, executable));
    CHECK(loaded.is_changed());
}

TEST_CASE("bytes that no process has saved give no interpreter")
{
    const capture::FileMark program;
    const auto empty = capture::KnownInterpreters{}.save(program);
    const TempFolder folder;
    const auto executable = make_venv(folder.path() + "/venv");
    const auto tree = fs::Tree::open();
    capture::KnownInterpreters known;
    REQUIRE(known.describe(*tree, executable, now_ns() + k_hour_ns));
    const auto saved = known.save(program);
    for (std::size_t size = 0; size < saved.size(); ++size) {
        CHECK(capture::KnownInterpreters::load(std::string_view(saved).substr(0, size), program).save(program) == empty);
    }
    CHECK(capture::KnownInterpreters::load(saved + '\0', program).save(program) == empty);
    auto many = empty; // says that it holds four billion of them
    many.replace(many.size() - 4, 4, "\xff\xff\xff\xff");
    CHECK(capture::KnownInterpreters::load(many, program).save(program) == empty);

    // Whatever is changed in them: what was taken is what would be saved.
    std::minstd_rand random(1);
    for (int i = 0; i < 2000; ++i) {
        auto damaged = saved;
        for (int n = 0; n < 3; ++n) damaged[random() % damaged.size()] = static_cast<char>(random());
        const auto taken = capture::KnownInterpreters::load(damaged, program).save(program);
        REQUIRE(capture::KnownInterpreters::load(taken, program).save(program) == taken);
    }
}

TEST_CASE("a known interpreter whose link leads nowhere any more is an error")
{
    const TempFolder folder;
    const auto executable = make_venv(folder.path() + "/venv");
    const auto tree = fs::Tree::open();
    capture::KnownInterpreters known;
    REQUIRE(known.describe(*tree, executable, now_ns() + k_hour_ns));
    std::filesystem::remove(executable);
    std::filesystem::create_symlink("/nonexistent/python3", executable);
    CHECK_FALSE(known.describe(*tree, executable, now_ns() + k_hour_ns));
}
