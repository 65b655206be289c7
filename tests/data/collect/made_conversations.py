"""Conversations as desks export them: 240 made ones and 20 written by hand, zh and en."""

import random

SYSTEM = {"zh": "会话已接入，排队 3 秒", "en": "Chat started, waited 3 seconds"}
CANNED = {
    "zh": "感谢您的咨询，如果对本次服务满意请给个五星好评哦～",
    "en": "Thank you for contacting us! Please rate this chat.",
}
ASKED = {
    "zh": "请问{thing}买了{n}天就不亮了，订单里写的是{color}款，能换新的吗？",
    "en": "My {thing} stopped working after {n} days, I ordered the {color} one. Can I swap it?",
}
SAID = {
    "zh": "{color}款的{thing}在{n}天内坏了是可以换的，麻烦拍一张底部的序列号照片给我。",
    "en": "A {color} {thing} that fails within {n} days is covered. Send me a photo of the serial number.",
}
THINGS = {
    "zh": ["台灯", "水壶", "音箱", "键盘", "风扇"],
    "en": ["lamp", "kettle", "speaker", "keyboard", "fan"],
}
COLORS = {"zh": ["红色", "白色", "黑色"], "en": ["red", "white", "black"]}
START, MINUTE, DAY = 1_700_000_000, 60, 86_400


def made(conversations: int = 240) -> list[list[dict]]:
    """Flat rows (user_id, time, role, content): 40 users, six conversations each, on different days."""
    found = []
    for number in range(conversations):
        rng = random.Random(number)
        language = "zh" if number % 2 else "en"
        user, time = f"u{number % 40}", START + number // 40 * DAY + number * 7

        def row(role: str, content: str, user: str = user, **more: object) -> dict:
            return {"user_id": user, "role": role, "content": content, **more}

        words = {
            "n": number + 2,
            "thing": rng.choice(THINGS[language]),
            "color": rng.choice(COLORS[language]),
        }
        conversation = [
            row("system", SYSTEM[language]),
            row("customer", ASKED[language].format(**words)),
            row("tool", f'{{"order": "{number:05}", "state": "shipped"}}'),
            row("agent", SAID[language].format(**words)),
            row("customer", CANNED[language] if number % 50 == 0 else f"ok {number}"),
            row("agent", CANNED[language]),
        ]
        found.append([{**line, "time": time + at * MINUTE} for at, line in enumerate(conversation)])
    return found


HANDWRITTEN = [
    "客户：路由器红灯一直闪\n客服：请您把电源拔掉等十秒再插上\n客户：好了，变绿了",
    "客户：你们周末发货吗\n客服：周六照常发，周日顺延到周一上午",
    "用户：孩子三岁能坐前排吗\n客服：不满十二周岁不要坐副驾驶，后排要用安全座椅",
    "用户: 发票抬头开错了\n客服: 把原发票退回来，我们作废后重开，三个工作日寄出",
    "顾客：粥凉了\n商家：实在抱歉，骑手路上堵车，给您退一半好吗\n顾客：行",
    "患者：吃了头孢能喝酒吗\n医生：停药七天内都不要喝，可能引起双硫仑样反应",
    "客户：密码忘了\n客服：点登录框下的忘记密码\n用手机收验证码\n再设新密码",
    "客户：在吗\n客服：您好，在的\n客户：好的\n客服：不客气\n客户：再见",
    "客户：空调外机滴水\n客服：夏天制冷时滴水正常，看排水管有没有脱落\n客户：脱落了\n客服：插回去用扎带固定",
    "买家：尺码偏大吗\n卖家：按平时的鞋码拍，脚背高的大一码",
    "Customer: The app logs me out every hour.\nAgent: Turn off battery saving for it, then sign in again.",
    "Customer: Can I bring a kayak on the ferry?\nAgent: Yes, as oversize luggage, 45 minutes early.",
    "User: My heater shows E4.\nSupport: E4 is low water pressure. Open the valve until it reads 1.5 bar.",
    "Customer: hi\nAgent: Hello!\nCustomer: thanks\nAgent: You're welcome. Have a nice day!",
    "Caller: I was billed twice in March.\nOperator: One is a hold, it will drop off by Friday.",
    "Human: What is the return window?\nAssistant: Thirty days from delivery, unworn, with the tag.",
    "Customer: Is the soup vegan?\nSeller: It has cream; the lentil one is vegan.",
    "Guest: Could I check in at noon?\nStaff: We can from one o'clock, the room is cleaned first.",
    "Patient: Should I fast before the blood test?\nAgent: Nothing but water for ten hours.",
    "Customer: It says: error 12\nAgent: That is a full disk: delete old recordings first.",
]
