// web_test.mjs: the web pages in a real browser, before a real gateway, sensor and traffic. Steps of one visit (visit.mjs),
// in their order.
import "./live_steps.mjs";
import "./answer_steps.mjs";
import "./history_steps.mjs";
import "./whole_steps.mjs";
