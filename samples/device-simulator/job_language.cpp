// SPDX-License-Identifier: Apache-2.0
// PJL: HP PJL Technical Reference Manual. PRESCRIBE account codes: Kyocera "Accounting System Settings
// Guide", command ACNT "CODE" (a number of 1 to 8 digits).
#include "job_language.hpp"

#include <algorithm>
#include <cctype>
#include <cstdlib>

namespace simulator {
namespace {

std::string upper(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  return text;
}

std::string trim(std::string_view text) {
  size_t begin = text.find_first_not_of(" \t\r\n");
  if (begin == std::string_view::npos) return "";
  return std::string(text.substr(begin, text.find_last_not_of(" \t\r\n") - begin + 1));
}

std::string unquote(std::string text) {
  if (text.size() >= 2 && text.front() == '"') {
    size_t end = text.find('"', 1);
    return text.substr(1, end == std::string::npos ? std::string::npos : end - 1);
  }
  return text;
}

// 0: not a positive number
int number(const std::string& text) {
  if (text.empty() || text.size() > 5 || text.find_first_not_of("0123456789") != std::string::npos) return 0;
  return std::atoi(text.c_str());
}

// Ends of "!R! ... EXIT;" at the front of `text`, or 0.
size_t prescribe_length(std::string_view text) {
  size_t begin = text.find_first_not_of(" \t\r\n");
  if (begin == std::string_view::npos || text.substr(begin, 3) != "!R!") return 0;
  size_t end = text.find("EXIT", begin);
  if (end == std::string_view::npos || end > begin + 4096) return 0;
  end = text.find(';', end);
  if (end == std::string_view::npos) return 0;
  ++end;
  while (end < text.size() &&
         (text[end] == '\r' || text[end] == '\n' || text[end] == ',' || text[end] == 'E')) {
    if (text[end] == 'E') break;
    ++end;
  }
  return end;
}

std::string prescribe_code(std::string_view command) {
  size_t at = command.find("ACNT");
  if (at == std::string_view::npos) return "";
  std::vector<std::string> words;
  for (size_t i = at; i < command.size() && command[i] != ';' && words.size() < 2; ++i) {
    if (command[i] != '"' && command[i] != '\'') continue;
    size_t end = command.find(command[i], i + 1);
    if (end == std::string_view::npos) break;
    words.emplace_back(command.substr(i + 1, end - i - 1));
    i = end;
  }
  return words.size() == 2 && words[0] == "CODE" ? words[1] : "";
}

// Length of the run of @PJL lines at the front; each goes to `visit`. Ends after ENTER LANGUAGE.
template <typename Visit>
size_t pjl_lines(std::string_view text, Visit visit) {
  size_t at = 0;
  for (;;) {
    size_t begin = at;
    while (begin < text.size() && (text[begin] == '\r' || text[begin] == '\n' || text[begin] == ' ')) ++begin;
    if (text.substr(begin, 4) != "@PJL") return at;
    size_t end = text.find('\n', begin);
    size_t uel = text.find(kUel, begin);
    size_t stop = std::min(end, uel);
    std::string_view line =
        text.substr(begin, stop == std::string_view::npos ? std::string_view::npos : stop - begin);
    visit(line);
    if (stop == std::string_view::npos) return text.size();
    at = stop == end ? end + 1 : uel;
    if (stop == end && upper(std::string(line)).find("ENTER LANGUAGE") != std::string::npos) return at;
  }
}

// Walks a job: PJL lines to `on_line`, PRESCRIBE commands to `on_prescribe`, the rest to `on_document`.
template <typename Line, typename Prescribe, typename Document>
void walk(std::string_view text, Line on_line, Prescribe on_prescribe, Document on_document) {
  size_t at = 0;
  while (at < text.size()) {
    if (text.substr(at, kUel.size()) == kUel) {
      at += kUel.size();
      at += pjl_lines(text.substr(at), on_line);
      continue;
    }
    if (text.substr(at, 4) == "@PJL") {
      at += pjl_lines(text.substr(at), on_line);
      continue;
    }
    if (size_t length = prescribe_length(text.substr(at)); length > 0) {
      on_prescribe(text.substr(at, length));
      at += length;
      continue;
    }
    size_t end = std::min(text.find(kUel, at), text.size());
    std::string_view body = text.substr(at, end - at);
    // What is left between two UELs but blanks is a document; a lone ^D or line ends are not.
    if (body.find_first_not_of(std::string_view(" \t\r\n\f\x04\0", 7)) != std::string_view::npos)
      on_document(body);
    at = end;
  }
}

void read_set(const std::string& rest, Inspection& out) {
  size_t equals = rest.find('=');
  if (equals == std::string::npos) return;
  std::string key = upper(trim(rest.substr(0, equals)));
  if (size_t space = key.rfind(' '); space != std::string::npos) key = key.substr(space + 1);
  std::string value = unquote(trim(rest.substr(equals + 1)));
  out.pjl[key] = value;
  if ((key == "COPIES" || key == "QTY") && number(value) > 0) out.pjl_ticket.copies = number(value);
  if (key == "PAPER") out.pjl_ticket.media = value;
  if (key == "RENDERMODE" || key == "COLORMODE") {
    std::string mode = upper(value);
    out.pjl_ticket.color = mode == "COLOR" ? "color" : mode == "AUTO" ? "auto" : "monochrome";
  }
  if (key == "HOLD") out.hold = upper(value) != "OFF";
}

Ticket document_ticket(std::string_view document, const std::string& format) {
  Ticket out;
  if (format == "application/postscript") {
    std::string_view head = document.substr(0, 65536);
    auto after = [&](std::string_view word) -> std::string {
      size_t at = head.rfind(word);
      return at == std::string_view::npos ? "" : trim(head.substr(at + word.size(), 16));
    };
    auto leading = [](const std::string& text) {
      return number(text.substr(0, text.find_first_not_of("0123456789")));
    };
    if (int copies = leading(after("/NumCopies ")); copies > 0) out.copies = copies;
    if (int copies = leading(after("/#copies ")); copies > 0) out.copies = copies;
    std::string duplex = after("/Duplex "), tumble = after("/Tumble ");
    if (duplex.starts_with("false")) out.sides = "one-sided";
    if (duplex.starts_with("true"))
      out.sides = tumble.starts_with("true") ? "two-sided-short-edge" : "two-sided-long-edge";
  } else if (format == "application/vnd.hp-PCL") {
    std::string_view head = document.substr(0, 4096);
    for (size_t at = head.find("\x1b&l"); at != std::string_view::npos; at = head.find("\x1b&l", at + 1)) {
      std::string digits;
      for (size_t i = at + 3; i < head.size(); ++i) {
        char c = head[i];
        if (std::isdigit(static_cast<unsigned char>(c)) != 0) {
          digits += c;
          continue;
        }
        char letter = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
        if (letter == 'X' && number(digits) > 0) out.copies = number(digits);
        if (letter == 'S' && !digits.empty())
          out.sides = digits == "1"   ? "two-sided-long-edge"
                      : digits == "2" ? "two-sided-short-edge"
                                      : "one-sided";
        digits.clear();
        if (std::islower(static_cast<unsigned char>(c)) == 0) break;
      }
    }
  }
  return out;
}

void derive(Inspection& out, const std::vector<std::string>& account_keys) {
  auto first = [&](std::initializer_list<const char*> keys) -> std::string {
    for (const char* key : keys)
      if (auto found = out.pjl.find(key); found != out.pjl.end() && !found->second.empty())
        return found->second;
    return "";
  };
  out.user = first({"USERNAME", "USERID", "LOGINNAME", "HOSTLOGINNAME", "JOBATTR-USER"});
  out.title = out.pjl_job_name.empty() ? first({"JOBNAME"}) : out.pjl_job_name;
  out.user_code = first({"USERCODE"});
  for (const auto& key : account_keys)
    if (std::string code = first({key.c_str()}); !code.empty()) out.account_code = code;
  if (!out.prescribe_code.empty()) out.account_code = out.prescribe_code;
  std::string duplex = upper(first({"DUPLEX"})), binding = upper(first({"BINDING"}));
  if (duplex == "OFF") out.pjl_ticket.sides = "one-sided";
  if (duplex == "ON")
    out.pjl_ticket.sides = binding == "SHORTEDGE" ? "two-sided-short-edge" : "two-sided-long-edge";
}

}  // namespace

PjlLine split_pjl(std::string_view line) {
  PjlLine out;
  std::string text = trim(line.substr(std::min<size_t>(4, line.size())));
  size_t end = text.find_first_of(" \t=");
  out.command = upper(text.substr(0, end));
  if (end != std::string::npos)
    out.rest = trim(std::string_view(text).substr(end + (text[end] == '=' ? 0 : 1)));
  return out;
}

Inspection inspect(std::string_view text, const std::vector<std::string>& account_keys) {
  Inspection out;
  std::string comments;
  walk(
      text,
      [&](std::string_view line) {
        out.has_pjl = true;
        PjlLine pjl = split_pjl(line);
        if (pjl.command == "SET" || pjl.command == "DEFAULT") read_set(pjl.rest, out);
        if (pjl.command == "JOB" && upper(pjl.rest).starts_with("NAME")) {
          size_t equals = pjl.rest.find('=');
          if (equals != std::string::npos) out.pjl_job_name = unquote(trim(pjl.rest.substr(equals + 1)));
        }
        if (pjl.command == "ENTER") out.language = upper(trim(pjl.rest.substr(pjl.rest.find('=') + 1)));
        comments += std::string(line) + "\n";
      },
      [&](std::string_view command) {
        if (std::string code = prescribe_code(command); !code.empty()) out.prescribe_code = code;
      },
      [&](std::string_view document) {
        if (out.document_ticket.empty()) out.document_ticket = document_ticket(document, sniff(document));
      });
  out.uuid = find_uuid(comments);
  derive(out, account_keys);
  return out;
}

std::vector<std::string_view> documents(std::string_view text) {
  std::vector<std::string_view> out;
  walk(
      text, [](std::string_view) {}, [](std::string_view) {},
      [&](std::string_view body) { out.push_back(body); });
  return out;
}

std::string sniff(std::string_view document) {
  size_t begin = document.find_first_not_of(" \t\r\n\x04");
  if (begin == std::string_view::npos) return "text/plain";
  std::string_view text = document.substr(begin);
  if (text.starts_with("%PDF-")) return "application/pdf";
  if (text.starts_with("%!")) return "application/postscript";
  if (text.starts_with("RaS2") || text.starts_with("2SaR")) return "image/pwg-raster";
  if (text.starts_with("RaS3") || text.starts_with("3SaR") || text.starts_with("RaSt"))
    return "image/pwg-raster";
  if (text.starts_with("UNIRAST")) return "image/urf";
  if (text.starts_with("\xff\xd8\xff")) return "image/jpeg";
  if (text.starts_with(") HP-PCL XL") || text.starts_with("( HP-PCL XL")) return "application/vnd.hp-PCLXL";
  if (text.front() == '\x1b') return "application/vnd.hp-PCL";
  for (unsigned char c : text.substr(0, 1024))
    if (c < 32 && c != '\t' && c != '\r' && c != '\n' && c != '\f') return "application/octet-stream";
  return "text/plain";
}

std::string find_uuid(std::string_view text) {
  auto hex = [](char c) { return std::isxdigit(static_cast<unsigned char>(c)) != 0; };
  for (size_t at = 0; at + 36 <= text.size(); ++at) {
    bool ok = true;
    for (size_t i = 0; ok && i < 36; ++i)
      ok = (i == 8 || i == 13 || i == 18 || i == 23) ? text[at + i] == '-' : hex(text[at + i]);
    if (!ok) continue;
    std::string out(text.substr(at, 36));
    std::transform(out.begin(), out.end(), out.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return out;
  }
  return "";
}

}  // namespace simulator
