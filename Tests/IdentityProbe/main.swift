// Answers questions about the security code, one JSON object a line each way: `{"do": "totp.code", …}`. Tests in other
// languages ask it and compare with what other implementations say.
import Base
import Security

while let line = readLine(strippingNewline: true) {
    let answer: JSON
    do {
        answer = try Question(try JSON(parsing: line)).answer()
    } catch let refusal as PasskeyRefusal {
        answer = ["refusal": .string(refusal.rawValue)]
    } catch {
        answer = ["error": .string("\(error)")]
    }
    print(answer.text)
    flushOutput()
}
