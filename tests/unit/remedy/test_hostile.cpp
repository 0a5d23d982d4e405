#include "model/plan.hpp"
#include "remedy/pip.hpp"
#include "remedy/pip_settings.hpp"
#include "remedy/rename_list.hpp"
#include "remedy/stage.hpp"
#include "remedy/trial.hpp"
#include "remedy/wanted.hpp"
#include "support/catch.hpp"

#include <random>
#include <string>

using namespace envfix;

namespace {

/// Texts that are nearly right: pieces of real ones in a random order, the same ones every time.
class Nonsense {
public:
    std::string text()
    {
        static const std::string pieces[] = {
            "cffi", "==",      "1.0",        "/",       "..",        "../",         "-",
            "--",   "\n",      "\0",         " ",       "[",         "]",           "=",
            ":",    "://",     "@",          "global",  "index-url", "find-links",  "#",
            ";",    "import ", "\xff",       "\x1b[2J", ".envfix",   "$(id)",       "`id`",
            "'",    "\"",      "\\",         "~",       "https",     "user:secret", "\xe2\x80\xae",
            "é",    "lib",     "python3.11", ",",       "\r\n",      "\t"};
        std::string made;
        for (auto count = m_random() % 12; count > 0; --count) {
            made += pieces[m_random() % std::size(pieces)];
        }
        return made;
    }

private:
    std::mt19937 m_random{11};
};

} // namespace

TEST_CASE("no hostile name reaches pip")
{
    Nonsense nonsense;
    for (int i = 0; i < 5000; ++i) {
        const auto text = nonsense.text();
        if (remedy::is_package_name(text)) {
            CHECK(text.find_first_not_of("abcdefghijklmnopqrstuvwxyz-_.0123456789") ==
                  std::string::npos);
            CHECK(text.front() != '-');
        }
        if (const auto wanted = remedy::parse_wanted(text))
            CHECK(remedy::is_package_name(wanted->name));
        const auto lines = remedy::requirements_of({{.distribution = text,
                                                     .from = {},
                                                     .to = "1.0",
                                                     .source = {},
                                                     .sha256 = std::string(64, 'a')}});
        if (lines) CHECK(*lines == text + "==1.0 --hash=sha256:" + std::string(64, 'a') + "\n");
    }
}

TEST_CASE("no hostile RECORD leads out of the environment")
{
    Nonsense nonsense;
    for (int i = 0; i < 20000; ++i) {
        const auto path =
            remedy::record_path("lib/python3.11/site-packages", nonsense.text(), "/srv/venv");
        if (!path) continue;
        CHECK(fs::is_plain_relative(*path));
        CHECK_FALSE(path->starts_with(".envfix/"));
    }
}

TEST_CASE("any text is read as settings or as a .pth file without harm")
{
    Nonsense nonsense;
    model::Interpreter python;
    python.major = 3;
    python.minor = 13;
    for (int i = 0; i < 20000; ++i) {
        const auto text = nonsense.text() + nonsense.text();
        const auto settings = remedy::parse_pip_conf(text, "/home/ada", {});
        for (const auto& place : settings.find_links) {
            const bool plain = place.starts_with('/') || place.find("://") != std::string::npos;
            CHECK(plain);
        }
        CHECK(remedy::without_passwords("https://ada:s3cr3t@h/ " + text).find("s3cr3t") ==
              std::string::npos);
        (void)remedy::rewrite_pth(text, python, "/v/lib/python3.13/site-packages", "/v",
                                  "/v/.envfix/s");
    }
}
