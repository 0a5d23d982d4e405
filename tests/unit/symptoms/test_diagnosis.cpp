#include "shipped_diagnosis.hpp"
#include "support/catch.hpp"

#include <algorithm>
#include <string>

using namespace envfix;

namespace {

std::string first_code(std::string_view text)
{
    return shipped_diagnosis().diagnose(text).front().code;
}

/// Text with something put around each of its lines.
std::string each_line(std::string_view text, std::string_view before, std::string_view after)
{
    std::string out;
    while (!text.empty()) {
        const auto end = text.find('\n');
        out.append(before).append(text.substr(0, end)).append(after) += '\n';
        text = end == std::string_view::npos ? std::string_view{} : text.substr(end + 1);
    }
    return out;
}

std::string utf16(std::string_view text)
{
    std::string out = "\xFF\xFE";
    for (const char c : text) (out += c) += '\0';
    return out;
}

template <typename Change> void check_unchanged(const Change& change)
{
    for (const auto& symptom : shipped_diagnosis().symptoms()) {
        for (const auto& example : symptom.examples) {
            const auto changed = change(example);
            CAPTURE(changed);
            CHECK(first_code(changed) == symptom.code);
        }
    }
}

} // namespace

TEST_CASE("nothing known is unknown, and says what to run next")
{
    for (const std::string_view text : {"", "\n\n", "hello\nworld", "\xFF\xFE\x01 binary"}) {
        const auto causes = shipped_diagnosis().diagnose(text);
        REQUIRE(causes.size() == 1);
        CHECK(causes.front().code == "unknown");
        CHECK(causes.front().line == 0);
        CHECK(causes.front().text.empty());
        CHECK(std::ranges::any_of(causes.front().remedies, [](const std::string& r) { return r.starts_with("Run: "); }));
    }
}

TEST_CASE("Windows line ends do not change the first cause")
{
    check_unchanged([](const std::string& text) { return each_line(text, "", "\r"); });
}

TEST_CASE("colours do not change the first cause")
{
    check_unchanged([](const std::string& text) { return each_line(text, "\x1B[1;31m", "\x1B[0m"); });
    check_unchanged([](const std::string& text) { return each_line(text, "[31m", "[0m"); });
}

TEST_CASE("log prefixes and boxes do not change the first cause")
{
    for (const std::string before :
         {"web-1  | ", "2026-11-22T17:05:11.1234567Z ", "Nov 22 17:05:11 host uvicorn[812]: ", "2026-11-22 17:05:11,120 ERROR app: ",
          "\xE2\x94\x82 ", "> ", "E   "}) {
        check_unchanged([&](const std::string& text) { return each_line(text, before, ""); });
    }
    check_unchanged([](const std::string& text) { return each_line(text, "\xE2\x94\x82 ", "   \xE2\x94\x82"); });
}

TEST_CASE("text in another language around it does not change the first cause")
{
    check_unchanged([](const std::string& text) {
        return "\xD0\x9F\xD0\xBE\xD0\xBC\xD0\xBE\xD0\xB3\xD0\xB8\xD1\x82\xD0\xB5!\n\n" + text +
               "\n\n\xE6\x88\x91\xE8\xBF\x99\xE6\x8A\xA5\xE9\x94\x99\n";
    });
}

TEST_CASE("text in UTF-16, as PowerShell writes it, does not change the first cause")
{
    check_unchanged([](const std::string& text) {
        const bool ascii = std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
        return ascii ? utf16(text) : text;
    });
}

TEST_CASE("the cause names the line that tells, as it is counted in the text")
{
    const auto causes = shipped_diagnosis().diagnose("one\n\ntwo\r\nModuleNotFoundError: No module named 'supabase'\nfive\n");
    CHECK(causes.front().line == 4);
    CHECK(causes.front().text == "ModuleNotFoundError: No module named 'supabase'");
}

TEST_CASE("of several causes the one that came first is first, and outcomes are not told beside a cause")
{
    const auto causes = shipped_diagnosis().diagnose("ModuleNotFoundError: No module named '_cffi_backend'\n"
                                                     "thread '<unnamed>' panicked at src/err/mod.rs:788:5:\n"
                                                     "ImportError: cannot import name 'x' from 'httpx'\n"
                                                     "pyo3_runtime.PanicException: Python API call failed\n"
                                                     "KeyError: 'a'\n");
    REQUIRE(causes.size() == 2);
    CHECK(causes[0].code == "cffi-backend-missing");
    CHECK(causes[1].code == "package-version-mismatch");
}

TEST_CASE("a traceback that was logged as one line is taken apart")
{
    CHECK(first_code(R"({"msg": "Traceback (most recent call last):\n  File \"/srv/a.py\", line 1, in <module>\n    import jwt\n)"
                     R"(ModuleNotFoundError: No module named \"jwt\"\n"})") == "package-not-installed");
}

TEST_CASE("a message that a console broke into lines is read as one")
{
    CHECK(first_code("TypeError: Client.__init__() got an unexpected keyword argument\n'proxy'\n") == "httpx-proxy-mismatch");
    const std::string_view three = "ImportError: /lib/x86_64-linux-gnu/libc.so.6: version\n"
                                   "`GLIBC_2.33' not found (required by\n"
                                   "/srv/v/lib/python3.9/site-packages/cryptography/hazmat/bindings/_rust.abi3.so)\n";
    const auto causes = shipped_diagnosis().diagnose(three);
    CHECK(causes.front().code == "libc-mismatch");
    CHECK(causes.front().line == 1);
    // What follows is a sentence of its own.
    CHECK(first_code("KeyError: 'name of the thing that was asked for'\nBefore that: No module named\n'supabase'") == "not-environment");
}

TEST_CASE("an error that is only told after it does not hide the first one")
{
    CHECK(first_code("ModuleNotFoundError: No module named 'jwt'\nException ignored in: <function Client.__del__ at 0x7f>\n"
                     "AttributeError: 'Client' object has no attribute '_state'\n") == "package-not-installed");
}

TEST_CASE("what a text puts into a command is a plain name or nothing")
{
    const auto causes = shipped_diagnosis().diagnose("ERROR: Failed building wheel for cffi;rm -rf ~\n"
                                                     "File '/x/$(id).so': file too short: /x/$(reboot).so: file too short");
    for (const auto& cause : causes) {
        for (const auto& remedy : cause.remedies) {
            CHECK(remedy.find("rm -rf") == std::string::npos);
            CHECK(remedy.find("$(reboot)") == std::string::npos);
        }
    }
}

TEST_CASE("a message at any place of a very long line is found")
{
    const std::string message = "ModuleNotFoundError: No module named 'supabase'";
    for (std::size_t before = 16'300; before < 16'450; before += 7) {
        CHECK(first_code(std::string(before, 'x') + " " + message + " " + std::string(40'000, 'y')) == "package-not-installed");
    }
}

TEST_CASE("a file with a mistake is left out, and the others count")
{
    const std::vector<symptoms::Source> files{
        {"a.yaml", "envfix: 1\ndescribe: x\nsymptoms:\n  - {code: unknown, confidence: certain, match: ['('], examples: [x]}\n"},
        {"b.yaml",
         "envfix: 1\ndescribe: x\nsymptoms:\n  - {code: corrupt-binary, confidence: certain, match: ['frob'], examples: [frob]}\n"}};
    const symptoms::Diagnosis diagnosis(files);
    REQUIRE(diagnosis.problems().size() == 1);
    CHECK(diagnosis.problems().front().file == "a.yaml");
    CHECK(diagnosis.problems().front().line == 4);
    CHECK(diagnosis.diagnose("frob").front().code == "corrupt-binary");
}

TEST_CASE("what one pattern found is looked for by another one")
{
    const std::vector<symptoms::Source> files{
        {"a.yaml", "envfix: 1\ndescribe: x\nsymptoms:\n  - {code: wrong-interpreter, confidence: certain, match: "
                   "['No module named .(?P<name>[\\w.-]+)'], with: ['satisfied: {name}( |$)'], examples: [x]}\n"}};
    const symptoms::Diagnosis diagnosis(files);
    REQUIRE(diagnosis.problems().empty());
    const auto first = [&](std::string_view text) { return diagnosis.diagnose(text).front().code; };
    CHECK(first("Requirement already satisfied: pydantic-core in /v\nNo module named 'pydantic_core'") == "wrong-interpreter");
    CHECK(first("Requirement already satisfied: cffi in /v\nNo module named 'pydantic_core'") == "unknown");
    CHECK(first("Requirement already satisfied: a+b\nNo module named 'a.b'") == "unknown");
    CHECK(first("No module named 'x'") == "unknown");
}

TEST_CASE("a reading names the places of the text")
{
    const auto reading = shipped_diagnosis().read("File \"/srv/v/lib/python3.11/site-packages/cffi/api.py\", line 48, in f\n"
                                                  "ModuleNotFoundError: No module named '_cffi_backend'\n");
    CHECK(reading.causes.front().code == "cffi-backend-missing");
    REQUIRE(reading.places.size() == 1);
    CHECK(reading.places.front() == model::NamedPlace{"/srv/v", "3.11"});
}
