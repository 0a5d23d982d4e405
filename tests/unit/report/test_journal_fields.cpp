#include "report/journal_fields.hpp"
#include "support/catch.hpp"

#include <algorithm>
#include <fstream>
#include <map>
#include <set>
#include <sstream>

using namespace envfix;
using report::JournalEvent;
using Strings = std::vector<std::string>;

namespace {

/// The catalogue that is installed: for each "id language" the text below its header.
std::map<std::string, std::string> catalogue()
{
    std::ifstream file(ENVFIX_CATALOG);
    REQUIRE(file);
    std::map<std::string, std::string> entries;
    std::string key;
    for (std::string line; std::getline(file, line);) {
        if (line.starts_with("#")) continue;
        if (line.starts_with("-- ")) {
            std::istringstream words(line.substr(3));
            std::string id;
            std::string language;
            words >> id >> language;
            key = id + " " + (language.empty() ? "en" : language);
            REQUIRE(entries.count(key) == 0);
            entries[key];
        } else if (!key.empty()) {
            entries[key] += line + "\n";
        }
    }
    return entries;
}

} // namespace

TEST_CASE("a record says what happened, of which kind it is and what it is about")
{
    CHECK(report::journal_fields(JournalEvent::run_ended, "fixed: cffi 1.15.1 restored",
                                 {.environment = "3fa1",
                                  .path = "/srv/app",
                                  .codes = {"a", "b"},
                                  .plan = "0123",
                                  .run = "4567",
                                  .policy = "mine"}) ==
          Strings{"MESSAGE=fixed: cffi 1.15.1 restored", "MESSAGE_ID=4462e52a716d43fc8a28010df4cbd6c9", "PRIORITY=5",
                  "SYSLOG_IDENTIFIER=envfixd", "ENVFIX_ENVIRONMENT=3fa1", "ENVFIX_PATH=/srv/app", "ENVFIX_CODE=a", "ENVFIX_CODE=b",
                  "ENVFIX_PLAN=0123", "ENVFIX_RUN=4567", "ENVFIX_POLICY=mine"});
    CHECK(report::log_line("fixed: cffi", {.environment = "3fa1", .path = "/srv/app", .run = "4567"}) ==
          "fixed: cffi (environment=3fa1 run=4567)");
    CHECK(report::log_line("ready", {}) == "ready");
}

TEST_CASE("no value of a record leaves its field, grows without end or holds a password")
{
    const auto hostile = "/tmp/x\nENVFIX_RUN=forged\x1b[2J https://me:secret@host/ " + std::string(100'000, '\x01');
    const auto fields =
        report::journal_fields(JournalEvent::degraded, hostile, {.path = hostile, .codes = Strings(1000, "c"), .policy = hostile});
    CHECK(fields.size() < 100);
    for (const auto& field : fields) {
        CHECK(field.find('\n') == std::string::npos);
        CHECK(field.find('\x1b') == std::string::npos);
        CHECK(field.find("secret") == std::string::npos);
        CHECK(field.size() < 20'000);
        CHECK_FALSE(field.starts_with("ENVFIX_RUN="));
    }
    CHECK(report::log_line(hostile, {.policy = hostile}).find('\n') == std::string::npos);
}

TEST_CASE("each kind of record has an id of its own and stands where its number says")
{
    std::set<std::string_view> ids;
    std::size_t place = 0;
    for (const auto& kind : report::journal_kinds()) {
        CHECK(static_cast<std::size_t>(kind.event) == place++);
        CHECK(ids.insert(kind.message_id).second);
        CHECK(kind.message_id.size() == 32);
        CHECK(kind.message_id.find_first_not_of("0123456789abcdef") == std::string_view::npos);
        CHECK(kind.priority >= 3);
        CHECK(kind.priority <= 6);
    }
    CHECK(place == static_cast<std::size_t>(JournalEvent::policy_revoked) + 1);
}

TEST_CASE("the catalogue explains each kind of record in English and French, and no other")
{
    auto entries = catalogue();
    for (const auto& kind : report::journal_kinds()) {
        for (const auto* language : {"en", "fr"}) {
            const auto key = std::string{kind.message_id} + " " + language;
            INFO(key);
            REQUIRE(entries.count(key) == 1);
            const auto& text = entries[key];
            CHECK(text.starts_with("Subject: "));
            CHECK(text.find("Defined-By: envfix\n") != std::string::npos);
            CHECK(text.find("\n\n") != std::string::npos); // the text begins below the headers
            // A field that the kind never has would be shown as it stands.
            for (auto at = text.find('@'); at != std::string::npos;) {
                const auto end = text.find('@', at + 1);
                REQUIRE(end != std::string::npos);
                const auto name = text.substr(at + 1, end - at - 1);
                CHECK((name == "ENVFIX_ENVIRONMENT" || name == "ENVFIX_PATH" || name == "ENVFIX_CODE" || name == "ENVFIX_PLAN" ||
                       name == "ENVFIX_RUN" || name == "ENVFIX_POLICY" || name == "MESSAGE"));
                at = text.find('@', end + 1);
            }
            entries.erase(key);
        }
    }
    CHECK(entries.empty());
}
