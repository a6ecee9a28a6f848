"""password = "D0cString"
"""
import os
PASSWORD = os.environ["PASSWORD"]
r = requests.get(u, auth=("cam", "Py7Auth!"))
smtp.login("mailer", "Py8Smtp!")
parser.add_argument("--password", help="the password to use")
password = getpass.getpass("Password: ")
password = None
